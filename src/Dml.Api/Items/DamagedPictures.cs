using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Telemetry;
using Dml.Contracts;
using Dml.Files;

namespace Dml.Api.Items;

/// <summary>
/// Decides whether a stored picture is damaged. Those that are: reported once to the log and the metrics, and counted until they are whole.
/// </summary>
internal sealed class DamagedPictures(SqliteCatalogue catalogue, ILogger<DamagedPictures> log)
{
    private const int Chunk = 64 * 1024;

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

    /// <summary>Reads a stored picture, compares it with its SHA-256 and notes the answer.</summary>
    /// <param name="sha256">Of its bytes.</param>
    /// <param name="receive">Receives the bytes in parts, before it is known whether they are the right ones.</param>
    /// <returns>What is wrong with it; null if it is whole.</returns>
    /// <exception cref="IOException">
    /// The folder of the pictures is missing, the disk is full, or no more files can be opened: that is no fault of this picture, and
    /// others would fail too.
    /// </exception>
    public string? Check(string sha256, Action<ReadOnlySpan<byte>> receive)
    {
        var problem = Read(sha256, receive);
        if (problem is null)
        {
            IsWhole(sha256);
        }
        else
        {
            Found(sha256, problem);
        }

        return problem;
    }

    /// <summary>Checks a picture again that was found damaged; null if it was not, or is whole now.</summary>
    /// <exception cref="IOException">As for <see cref="Check"/>.</exception>
    public string? CheckAgain(string sha256) => _known.ContainsKey(sha256) ? Check(sha256, static _ => { }) : null;

    /// <summary>Whether a file that could not be read says something about its picture; if not, others could not be read either.</summary>
    public static bool IsFaultOfPicture(Exception exception) => exception is UnauthorizedAccessException
        || (exception is IOException and not DirectoryNotFoundException && !DiskFull.Caused(exception) && !OutOfHandles.Caused(exception));

    /// <summary>What it says about a picture that its file could not be read.</summary>
    public static string ProblemOf(Exception exception) => exception is FileNotFoundException
        ? "Its file is missing."
        : $"Its file cannot be read ({exception.GetType().Name}).";

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

    // A sector that cannot be read has lost one picture. A folder that is gone is another matter: the disk may not be mounted.
    private string? Read(string sha256, Action<ReadOnlySpan<byte>> receive)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            using var file = File.OpenRead(catalogue.PicturePath(sha256));
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (int read; (read = file.Read(buffer)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                receive(buffer.AsSpan(0, read));
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset()) == sha256 ? null : "Its bytes do not match its SHA-256.";
        }
        catch (Exception exception) when (IsFaultOfPicture(exception))
        {
            return ProblemOf(exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void IsWhole(string sha256)
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
