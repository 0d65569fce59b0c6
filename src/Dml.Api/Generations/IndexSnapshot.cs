using System.Collections.Concurrent;
using Dml.Api.Catalogue;
using Dml.Api.Configuration;
using Dml.Index;
using Microsoft.Extensions.Options;

namespace Dml.Api.Generations;

/// <summary>
/// Opens an embedder's index and brings it level with the catalogue: from its snapshot and newer changes, otherwise from the
/// catalogue's embeddings. The snapshot is a cache: when it is damaged the index is rebuilt, and no item is lost. The catalogue is its
/// log: a snapshot holds every item, so it is written when enough of them have changed, and a start replays the others.
/// </summary>
internal sealed class IndexSnapshot(
    SqliteCatalogue catalogue, IOptions<DataOptions> data, TimeProvider clock, ILogger<IndexSnapshot> log) : IDisposable
{
    /// <summary>For a service that goes on: a start would replay a twentieth of a build at most.</summary>
    public const int WhileRunning = 20;

    /// <summary>For an index that comes to rest: replaying fewer changes takes less time than writing all items.</summary>
    public const int AtRest = 100;

    // A kill costs a fifth of a build at most, and all snapshots of a build together are five times as long as the last.
    private const double Growth = 1.25;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly string _folder = Path.Combine(data.Value.Folder, "index");
    private readonly ConcurrentDictionary<string, long> _saved = new();

    /// <summary>
    /// Opens the index as of the returned sequence number; <see cref="LevelAsync"/> applies later changes. Commits may
    /// continue in the meantime.
    /// </summary>
    public async Task<(IVectorIndex Index, long Sequence)> OpenAsync(
        string fingerprint, int dimension, bool fromSnapshot, CancellationToken cancel)
    {
        var sequence = catalogue.Sequence;
        var index = fromSnapshot ? TryLoad(fingerprint, dimension) : null;
        if (index is null)
        {
            _saved.TryRemove(fingerprint, out _);
            index = new HnswIndex(dimension, Metric.InnerProduct, new HnswOptions());
        }
        else
        {
            _saved[fingerprint] = index.Tag;
            log.LogInformation("Index snapshot loaded: {Count} vectors", index.Count);
            await RemoveDeletedAsync(index, index.Tag, cancel);
        }

        await AddAsync(index, fingerprint, cancel);
        return (index, sequence);
    }

    /// <summary>
    /// Applies the changes committed after <paramref name="sequence"/>. When called between two commits, true means that the
    /// index is level: it then contains every vector of the catalogue, so equal counts mean equal contents.
    /// </summary>
    public async Task<bool> LevelAsync(IVectorIndex index, string fingerprint, long sequence, CancellationToken cancel)
    {
        // Deletions first: a picture that was replaced is deleted and added again.
        await RemoveDeletedAsync(index, sequence, cancel);
        await foreach (var page in catalogue.EmbeddingPagesAsync(fingerprint, sequence, cancel))
        {
            await AddAsync(index, page, cancel);
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

    /// <summary>
    /// Saves the index if it has never been saved, or if one in <paramref name="oneIn"/> of its items has changed since. Its vectors then
    /// stay in the file.
    /// </summary>
    public async Task SaveAsync(Generation generation, int oneIn, CancellationToken cancel)
    {
        // One that has never been saved has changed by all that it holds.
        var changes = _saved.TryGetValue(generation.Fingerprint, out var saved)
            ? generation.AppliedSequence - saved
            : generation.Index.Count;
        if (changes > 0 && changes >= generation.Index.Count / oneIn)
        {
            await SaveAsync(generation.Index, generation.Fingerprint, generation.AppliedSequence, cancel);
        }
    }

    /// <summary>
    /// Gives back the room of deleted items if there is much of it. A copy is made small, brought level and takes the index's place;
    /// searches and writes go on meanwhile.
    /// </summary>
    public async Task CompactAsync(Generation generation, CancellationToken cancel)
    {
        if (generation.Index is not HnswIndex { IsSparse: true } sparse)
        {
            return;
        }

        await SaveAsync(sparse, generation.Fingerprint, generation.AppliedSequence, cancel);
        var index = HnswIndex.Load(PathOf(generation.Fingerprint));
        index.Compact();
        await SaveAsync(index, generation.Fingerprint, index.Tag, cancel);
        var sequence = catalogue.Sequence;
        await LevelAsync(index, generation.Fingerprint, index.Tag, cancel);
        await catalogue.BetweenCommitsAsync(
            async () =>
            {
                var now = catalogue.Sequence;
                if (!await LevelAsync(index, generation.Fingerprint, sequence, cancel))
                {
                    throw new InvalidOperationException("The compacted index and the catalogue contain different vectors.");
                }

                generation.Replace(index, now);
            },
            cancel);
        log.LogInformation(
            "The index of generation {Number} was compacted: {Count} items, {Before} bytes of memory before, {After} now",
            generation.Number, index.Count, sparse.MemoryBytes, index.MemoryBytes);
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

    private async Task SaveAsync(IVectorIndex index, string fingerprint, long sequence, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            Directory.CreateDirectory(_folder);
            index.Save(PathOf(fingerprint), sequence, VectorPlace.File);
            _saved[fingerprint] = sequence;
            await catalogue.Generations.NoteSnapshotAsync(fingerprint, sequence, cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task RemoveDeletedAsync(IVectorIndex index, long after, CancellationToken cancel)
    {
        await foreach (var key in catalogue.DeletionsAsync(after, cancel))
        {
            index.Remove(key);
        }
    }

    // A build, or what is left of one that was killed.
    private async Task AddAsync(HnswIndex index, string fingerprint, CancellationToken cancel)
    {
        var missing = await catalogue.CountEmbeddingsAsync(fingerprint, cancel) - index.Count;
        if (missing > 0)
        {
            log.LogInformation("Adding {Missing} vectors to the index from the catalogue", missing);
        }

        var (savedAt, savedCount) = (clock.GetTimestamp(), index.Count);
        var pause = TimeSpan.FromSeconds(data.Value.SnapshotSeconds);
        await foreach (var page in catalogue.EmbeddingPagesAsync(fingerprint, after: index.Tag, cancel))
        {
            await AddAsync(index, page, cancel);
            if (clock.GetElapsedTime(savedAt) > pause && index.Count > savedCount * Growth)
            {
                await SaveAsync(index, fingerprint, page.Whole, cancel);
                (savedAt, savedCount) = (clock.GetTimestamp(), index.Count);
            }
        }
    }

    private static Task AddAsync(IVectorIndex index, EmbeddingPage page, CancellationToken cancel) => Parallel.ForEachAsync(
        page.Rows,
        cancel,
        (embedding, _) =>
        {
            index.Upsert(embedding.Key, embedding.Vector);
            return ValueTask.CompletedTask;
        });

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
}
