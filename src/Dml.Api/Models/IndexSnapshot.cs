using Dml.Api.Catalogue;
using Dml.Index;

namespace Dml.Api.Models;

/// <summary>
/// An embedder's index, made level with the catalogue: from its snapshot and what is newer, else from the
/// catalogue's embeddings. The snapshot is a cache; whatever is wrong with it costs time, never an item.
/// </summary>
internal sealed class IndexSnapshot(ICatalogue catalogue, Settings settings, ILogger<IndexSnapshot> log)
{
    private long _saved = -1;

    /// <summary>Opens the index while no write is being committed.</summary>
    public async Task<IVectorIndex> OpenAsync(string fingerprint, int dimension, CancellationToken cancel)
    {
        var expected = await catalogue.CountEmbeddingsAsync(fingerprint, cancel);
        if (TryLoad(fingerprint, dimension) is { } snapshot)
        {
            await ReplayAsync(snapshot, fingerprint, cancel);
            if (snapshot.Count == expected)
            {
                log.LogInformation("Index snapshot loaded: {Count} vectors", snapshot.Count);
                return snapshot;
            }
            log.LogWarning("The index snapshot holds {Count} vectors, the catalogue {Expected}: building it again", snapshot.Count, expected);
        }
        return await BuildAsync(fingerprint, dimension, expected, cancel);
    }

    /// <summary>Saves the index when it has changed since; <paramref name="sequence"/> was read before.</summary>
    public void Save(Generation generation, long sequence)
    {
        if (sequence == _saved)
        {
            return;
        }
        var path = PathOf(generation.Fingerprint);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        generation.Index.Save(path, sequence);
        _saved = sequence;
    }

    private string PathOf(string fingerprint) => Path.Combine(settings.DataFolder, "index", $"{fingerprint[..16]}.hnsw");

    private HnswIndex? TryLoad(string fingerprint, int dimension)
    {
        var path = PathOf(fingerprint);
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            var index = HnswIndex.Load(path);
            if (index.Dimension == dimension && index.Metric == Metric.InnerProduct && index.Tag <= catalogue.Sequence)
            {
                _saved = index.Tag;
                return index;
            }
            log.LogWarning("The index snapshot {Path} belongs to another catalogue: building it again", path);
        }
        catch (IOException exception)
        {
            log.LogWarning("The index snapshot {Path} cannot be used, building it again: {Problem}", path, exception.Message);
        }
        return null;
    }

    private async Task ReplayAsync(HnswIndex index, string fingerprint, CancellationToken cancel)
    {
        await foreach (var (key, vector) in catalogue.EmbeddingsAsync(fingerprint, index.Tag, cancel))
        {
            index.Upsert(key, vector);
        }
        await foreach (var key in catalogue.DeletionsAsync(index.Tag, cancel))
        {
            index.Remove(key);
        }
    }

    private async Task<HnswIndex> BuildAsync(string fingerprint, int dimension, long expected, CancellationToken cancel)
    {
        _saved = -1;
        var index = new HnswIndex(dimension, Metric.InnerProduct, new HnswOptions());
        if (expected > 0)
        {
            log.LogInformation("Building the index of {Count} vectors from the catalogue", expected);
        }
        await Parallel.ForEachAsync(
            catalogue.EmbeddingsAsync(fingerprint, after: 0, cancel),
            cancel,
            (embedding, _) =>
            {
                index.Upsert(embedding.Key, embedding.Vector);
                return ValueTask.CompletedTask;
            });
        return index;
    }
}
