using System.Collections.Concurrent;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Tests.Reliability;

/// <summary>
/// Everything that was ever in the catalogue and when: what an answer of a search may hold, and what it must, by brute
/// force over vectors of its own.
/// </summary>
internal sealed class ItemHistory(IReadOnlyList<Embedder> embedders)
{
    private const double Tolerance = 1e-4;
    private readonly ConcurrentQueue<ItemVersion> _versions = new();

    public int Count => _versions.Count;

    /// <summary>A picture that is about to be brought.</summary>
    public async Task<ItemVersion> BeginAsync(string id, byte[] picture)
    {
        var vectors = new Dictionary<string, float[]>();
        foreach (var embedder in embedders)
        {
            vectors[embedder.Fingerprint] = (await embedder.EmbedAsync(picture)).Vector!;
        }

        var version = new ItemVersion(id, picture, vectors) { Begun = Now() };
        _versions.Enqueue(version);
        return version;
    }

    public static long Now() => TimeProvider.System.GetTimestamp();

    /// <summary>What is wrong with an answer to a search that ran from one time to another; null when nothing is.</summary>
    public string? Fault(SearchResponse answer, ItemVersion query, int wanted, long from, long to)
    {
        var vector = query.VectorOf(answer.Fingerprint);
        var scored = _versions.Where(version => version.MayHaveBeenThere(from, to))
            .Select(version => (Version: version, Score: version.Score(answer.Fingerprint, vector))).ToList();
        foreach (var hit in answer.Hits)
        {
            if (!scored.Any(other => other.Version.Id == hit.Id && Math.Abs(other.Score - hit.Score) < Tolerance))
            {
                return $"{hit.Id} with the score {hit.Score} is not a picture that was there";
            }
        }

        if (answer.Hits.DistinctBy(hit => hit.Id).Count() != answer.Hits.Count)
        {
            return "an item comes twice";
        }

        var least = answer.Hits.Count < wanted ? double.NegativeInfinity : answer.Hits[^1].Score;
        var found = answer.Hits.Select(hit => hit.Id).ToHashSet();
        var missed = scored.FirstOrDefault(other =>
            other.Version.WasThere(from, to) && !found.Contains(other.Version.Id) && other.Score > least + Tolerance);
        return missed.Version is null ? null
            : $"{missed.Version.Id} with the score {missed.Score} was there all the time, and the {answer.Hits.Count} hits end at {least}";
    }

    /// <summary>Versions that are there now, as far as is known.</summary>
    public ItemVersion? Any(Random random)
    {
        var now = Now();
        var present = _versions.Where(version => version.WasThere(now, now)).ToList();
        return present.Count == 0 ? null : present[random.Next(present.Count)];
    }
}
