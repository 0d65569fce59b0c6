using System.Collections.Concurrent;
using Dml.Api.Catalogue;
using Dml.Api.Telemetry;
using Dml.Contracts;

namespace Dml.Api.Items;

/// <summary>
/// Stored pictures that can no longer be read: reported once to the log and the metrics, and counted until they are whole.
/// </summary>
internal sealed class DamagedPictures(SqliteCatalogue catalogue, ILogger<DamagedPictures> log)
{
    public const string NoFile = "Its file is missing.";
    public const string WrongBytes = "Its bytes do not match its SHA-256.";

    // A disk that has lost a million of them has lost them all.
    private const int Most = 10_000;
    private const int NamedItems = 3;

    private readonly ConcurrentDictionary<string, string> _known = [];

    /// <summary>The SHA-256 of those that were found and have not been repaired, as far as that has been looked at.</summary>
    public ICollection<string> Known => _known.Keys;

    /// <summary>Reports the picture of an item.</summary>
    /// <returns>The refusal for the caller.</returns>
    public Refusal Report(StoredItem item, string problem)
    {
        Found(item.Sha256, problem);
        return new Refusal(
            ProblemCode.DamagedPicture, $"The stored picture of \"{item.Id}\" is damaged: {problem} Upload it again to repair it.");
    }

    /// <summary>Reports a picture, unless nothing uses it any more.</summary>
    public void Found(string sha256, string problem)
    {
        if (!catalogue.IsUsed(sha256))
        {
            _known.TryRemove(sha256, out _);
        }
        else if (_known.Count < Most && _known.TryAdd(sha256, problem))
        {
            DmlMetrics.PictureDamaged();
            log.LogError(
                "The stored picture {Sha256} of {Items} is damaged: {Problem} Upload it again to repair it.",
                sha256, Names(catalogue.ItemsOf(sha256, NamedItems + 1)), problem);
        }
    }

    /// <summary>Notes that a picture is as it was stored.</summary>
    public void IsWhole(string sha256)
    {
        if (_known.TryRemove(sha256, out _))
        {
            log.LogInformation("The stored picture {Sha256} is whole again", sha256);
        }
    }

    private static string Names(IReadOnlyList<string> ids) => ids.Count switch
    {
        0 => "feedback",
        <= NamedItems => $"item {string.Join(", ", ids)}",
        _ => $"item {string.Join(", ", ids.Take(NamedItems))} and others",
    };
}
