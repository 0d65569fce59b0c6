using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Index;
using Microsoft.Extensions.Options;

namespace Dml.Api.Generations;

/// <summary>
/// Opens an embedder's index and brings it level with the catalogue: from its snapshot and newer changes, otherwise from the
/// catalogue's embeddings. The snapshot is a cache: when it is damaged the index is rebuilt, and no item is lost.
/// </summary>
internal sealed class IndexSnapshot(SqliteCatalogue catalogue, IOptions<DataOptions> data, ILogger<IndexSnapshot> log) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly string _folder = Path.Combine(data.Value.Folder, "index");
    private (string Fingerprint, long Sequence) _saved = ("", -1);

    /// <summary>
    /// Opens the index as of the returned sequence number; <see cref="LevelAsync"/> applies later changes. Commits may
    /// continue in the meantime.
    /// </summary>
    public async Task<(IVectorIndex Index, long Sequence)> OpenAsync(
        string fingerprint, int dimension, bool fromSnapshot, CancellationToken cancel)
    {
        if (!fromSnapshot || TryLoad(fingerprint, dimension) is not { } snapshot)
        {
            return await BuildAsync(fingerprint, dimension, cancel);
        }

        var sequence = catalogue.Sequence;
        await LevelAsync(snapshot, fingerprint, snapshot.Tag, cancel);
        if (snapshot.Tag == sequence)
        {
            _saved = (fingerprint, sequence);
        }

        log.LogInformation("Index snapshot loaded: {Count} vectors", snapshot.Count);
        return (snapshot, sequence);
    }

    /// <summary>
    /// Applies the changes committed after <paramref name="sequence"/>. When called between two commits, true means that the
    /// index is level: it then contains every vector of the catalogue, so equal counts mean equal contents.
    /// </summary>
    public async Task<bool> LevelAsync(IVectorIndex index, string fingerprint, long sequence, CancellationToken cancel)
    {
        // Deletions first: a picture that was replaced is deleted and added again.
        await foreach (var key in catalogue.DeletionsAsync(sequence, cancel))
        {
            index.Remove(key);
        }

        await foreach (var (key, vector) in catalogue.EmbeddingsAsync(fingerprint, sequence, cancel))
        {
            index.Upsert(key, vector);
        }

        return index.Count == await catalogue.CountEmbeddingsAsync(fingerprint, cancel);
    }

    /// <summary>Brings the index of an open generation level, between two commits.</summary>
    /// <exception cref="InvalidOperationException">The index holds other vectors than the catalogue.</exception>
    public Task BringLevelAsync(Generation generation, CancellationToken cancel) => catalogue.BetweenCommitsAsync(
        async () =>
        {
            var sequence = catalogue.Sequence;
            if (!await LevelAsync(generation.Index, generation.Fingerprint, generation.AppliedSequence, cancel))
            {
                throw new InvalidOperationException(
                    $"The index holds {generation.Index.Count} vectors, and the catalogue another number. "
                    + "Restart the service to rebuild the index.");
            }

            generation.MadeLevel(sequence);
        },
        cancel);

    /// <summary>Saves the index if it has changed since it was last saved.</summary>
    public async Task SaveAsync(Generation generation, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            await SaveInTurnAsync(generation, cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Deletes the snapshots of all other embedders.</summary>
    public void DropOthers(IReadOnlyCollection<string> fingerprints)
    {
        if (!Directory.Exists(_folder))
        {
            return;
        }

        var kept = fingerprints.Select(PathOf).ToHashSet();
        foreach (var path in Directory.EnumerateFiles(_folder, "*.hnsw").Where(path => !kept.Contains(path)))
        {
            File.Delete(path);
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task SaveInTurnAsync(Generation generation, CancellationToken cancel)
    {
        var sequence = generation.AppliedSequence;
        if (_saved == (generation.Fingerprint, sequence))
        {
            return;
        }

        Directory.CreateDirectory(_folder);
        generation.Index.Save(PathOf(generation.Fingerprint), sequence);
        _saved = (generation.Fingerprint, sequence);
        await catalogue.Generations.NoteSnapshotAsync(generation.Fingerprint, sequence, cancel);
    }

    private string PathOf(string fingerprint) => Path.Combine(_folder, $"{fingerprint[..16]}.hnsw");

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
                return index;
            }

            log.LogWarning("The index snapshot {Path} belongs to another catalogue; rebuilding the index", path);
        }
        catch (IOException exception)
        {
            log.LogWarning("The index snapshot {Path} cannot be used; rebuilding the index: {Problem}", path, exception.Message);
        }

        return null;
    }

    private async Task<(IVectorIndex Index, long Sequence)> BuildAsync(string fingerprint, int dimension, CancellationToken cancel)
    {
        var sequence = catalogue.Sequence;
        var index = new HnswIndex(dimension, Metric.InnerProduct, new HnswOptions());
        if (await catalogue.CountEmbeddingsAsync(fingerprint, cancel) is var expected and > 0)
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
        return (index, sequence);
    }
}
