using Dml.Index.Files;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>
/// Approximate nearest neighbors by a hierarchical navigable small world graph (Malkov and Yashunin 2016,
/// arXiv:1603.09320) over compressed vectors. Hits are ranked by the vectors themselves. Searches take no lock, and
/// writes to different keys run in parallel. Removed items are taken out of the graph by later writes, and their memory is
/// used for new items.
/// </summary>
public sealed class HnswIndex : IVectorIndex
{
    private const int KeyLocks = 1024;
    private const int LeastEmpty = 1000;

    private readonly Lock[] _keyLocks = [.. Enumerable.Range(0, KeyLocks).Select(_ => new Lock())];

    // Shared by writes; exclusive for operations that need the graph to stand still. Searches do not take it.
    private readonly ReadWriteLock _writers = new();
    private volatile HnswCore _core;

    /// <summary>An empty index.</summary>
    /// <param name="dimension">Components of every vector, 1 to 65,536.</param>
    /// <param name="metric">How vectors are compared.</param>
    /// <param name="options">The shape of the graph; null for the defaults.</param>
    /// <exception cref="ArgumentException">The dimension, the metric or an option is out of range.</exception>
    public HnswIndex(int dimension, Metric metric, HnswOptions? options = null)
    {
        options ??= new HnswOptions();
        options.Check();
        _core = new HnswCore(options, new VectorStore(dimension, metric));
    }

    internal HnswIndex(HnswCore core) => _core = core;

    /// <inheritdoc/>
    public int Dimension => _core.Vectors.Dimension;

    /// <inheritdoc/>
    public Metric Metric => _core.Vectors.Metric;

    /// <inheritdoc/>
    public int Count => _core.Slots.Count;

    /// <inheritdoc/>
    public long MemoryBytes => Memory().Total;

    /// <summary>The shape of the graph; after <see cref="Load"/>, the one it was saved with.</summary>
    public HnswOptions Options => _core.Options;

    /// <summary>Whether more than a third of the room for items is empty, so that <see cref="Compact"/> gives back much memory.</summary>
    public bool IsSparse => _core.Slots.Empty is var empty && empty > LeastEmpty && empty > _core.Slots.SlotCount / 3;

    /// <summary>The number that was passed to <see cref="Save"/>; 0 if the index was not loaded from a file.</summary>
    public long Tag { get; private init; }

    /// <summary>Loads an index that <see cref="Save"/> wrote. Every byte of the file is checked first.</summary>
    /// <param name="path">The file. It may be replaced, but not changed, while the index is in use.</param>
    /// <param name="vectors">Whether the vectors are read into memory or stay in the file until they are used.</param>
    /// <exception cref="IndexFileException">The file holds no HNSW index, has another version, or is truncated or damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static HnswIndex Load(string path, VectorPlace vectors = VectorPlace.File)
    {
        using var reader = IndexFileReader.Open(path, IndexFormat.HnswKind);
        return new HnswIndex(HnswFile.Read(reader, vectors)) { Tag = reader.Tag };
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Writes wait while the slots are copied, some milliseconds for a million items, and while vectors that were added meanwhile are
    /// copied, but neither for the links nor for the disk.
    /// </remarks>
    public void Save(string path, long tag = 0, VectorPlace vectors = VectorPlace.Memory)
    {
        HnswFile file;
        ReaderEpochs.Scope stay;
        using (_writers.Write())
        {
            file = new HnswFile(_core);
            stay = _core.Enter();
        }

        // The file refers to slots that stay in use while the core is entered. The core is entered before writes resume: a write in
        // between could reuse a slot that is still to be saved.
        using (stay)
        {
            var digest = IndexFileWriter.Save(path, IndexFormat.HnswKind, Dimension, Metric, tag, file.Write);
            if (vectors == VectorPlace.File)
            {
                Map(file, path, digest);
            }
        }
    }

    /// <inheritdoc/>
    public bool Contains(long key) => _core.Slots.TryGetSlot(key, out _);

    /// <inheritdoc/>
    public bool TryGetVector(long key, Span<float> vector)
    {
        var core = _core;
        core.Vectors.CheckLength(vector, nameof(vector));
        using (core.Enter())
        {
            return core.Slots.TryGetSlot(key, out var slot) && core.Vectors[slot].TryCopyTo(vector);
        }
    }

    /// <inheritdoc/>
    public void Upsert(long key, ReadOnlySpan<float> vector)
    {
        _core.Vectors.Check(vector, nameof(vector));
        using (_writers.Read())
        {
            lock (LockOf(key))
            {
                _core.Upsert(key, vector);
            }
        }
    }

    /// <summary>
    /// Adds or replaces many items on several cores. They are inserted in a random order given by <see cref="HnswOptions.Seed"/>,
    /// since a graph that is built class by class has a lower recall.
    /// </summary>
    /// <param name="keys">The keys, each of them once.</param>
    /// <param name="vectors">Their vectors, one after another, each of <see cref="Dimension"/> components.</param>
    /// <param name="threads">Number of threads; 0 for one per core. With one thread, the graph depends only on the input.</param>
    /// <param name="progress">Receives the number of items done, every few hundred items.</param>
    /// <param name="cancel">Stops between items. Items that are done stay.</param>
    /// <exception cref="ArgumentException">
    /// Lengths do not match, a key occurs twice or a vector is refused. The index is unchanged.
    /// </exception>
    public void UpsertMany(
        ReadOnlyMemory<long> keys,
        ReadOnlyMemory<float> vectors,
        int threads = 0,
        IProgress<int>? progress = null,
        CancellationToken cancel = default) => new BulkUpsert(this, keys, vectors).Run(threads, progress, cancel);

    /// <inheritdoc/>
    public bool Remove(long key)
    {
        using (_writers.Read())
        {
            lock (LockOf(key))
            {
                return _core.Remove(key);
            }
        }
    }

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> query, Span<Neighbor> neighbors, SearchOptions? options = null)
    {
        var core = _core;
        core.Vectors.Check(query, nameof(query));
        var ef = options?.EfSearch ?? core.Options.EfSearch;
        var effort = options?.Effort ?? 1;
        ArgumentOutOfRangeException.ThrowIfLessThan(ef, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(effort, 1, nameof(options));
        var width = (int)Math.Min(core.Slots.Count, (long)effort * Math.Max(ef, neighbors.Length));
        using (core.Enter())
        {
            return core.Search.Run(
                query, neighbors, Math.Max(width, neighbors.Length), new KeyFilter(options?.Filter, options?.Among));
        }
    }

    /// <summary>
    /// Releases the memory of removed items, renumbers the others so that neighbors are close together, and links items that no
    /// walk reached. Searches continue; writes wait. Vectors that were mapped are read into memory: save and load the index to
    /// map them again.
    /// </summary>
    public void Compact()
    {
        using (_writers.Write())
        {
            _core.Repair.Finish();
            var core = Compaction.Run(_core);
            core.ReconnectLost();
            _core = core;
        }
    }

    /// <summary>
    /// Checks every slot and every link: whether each item can be reached, how symmetric the links are, which vectors are
    /// stored twice. Searches continue; writes wait.
    /// </summary>
    public IndexReport Validate()
    {
        using (_writers.Write())
        using (_core.Enter())
        {
            return new Validation(_core).Run();
        }
    }

    /// <summary>
    /// Uses items of the index as queries and compares the hits of <see cref="Search"/> with the exact nearest neighbors. Each
    /// query is compared with every item, on all cores.
    /// </summary>
    /// <param name="sample">Number of queries, drawn without repetition; all items if there are fewer.</param>
    /// <param name="k">Hits per query, not counting the item itself, 1 to 10,000.</param>
    /// <param name="efSearch">Width of the beam; null for <see cref="HnswOptions.EfSearch"/>.</param>
    /// <param name="seed">Seed of the draw.</param>
    /// <param name="cancel">Stops between queries.</param>
    public RecallReport MeasureRecall(
        int sample = 1000, int k = 10, int? efSearch = null, int seed = 1, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sample, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, 10_000);
        var core = _core;
        var ef = efSearch ?? core.Options.EfSearch;
        ArgumentOutOfRangeException.ThrowIfLessThan(ef, 1, nameof(efSearch));
        using (core.Enter())
        {
            return RecallMeasurement.Run(core, sample, k, ef, seed, cancel);
        }
    }

    /// <summary>Memory used by the index, by purpose.</summary>
    public IndexMemory Memory()
    {
        var core = _core;
        var slots = core.Slots.SlotCount;
        return new IndexMemory
        {
            Vectors = core.Vectors.MemoryBytes(slots),
            MappedVectors = (long)core.Vectors.Mapped * core.Vectors.Dimension * sizeof(float),
            Codes = core.Codes.Rows is { } codes ? (long)slots * codes.RowBytes : 0,
            Links = core.Graph.MemoryBytes,
            Keys = core.Slots.MemoryBytes + core.Duplicates.MemoryBytes,
        };
    }

    /// <summary>How many slots searches and writes have looked at so far, for measurements.</summary>
    internal long SlotsSeen => _core.Pool.SlotsSeen;

    internal void CheckVector(ReadOnlySpan<float> vector, string parameter) => _core.Vectors.Check(vector, parameter);

    internal void ExpectItems(int more) => _core.ExpectItems(more);

    internal void ReconnectLost()
    {
        using (_writers.Read())
        {
            _core.ReconnectLost();
        }
    }

    private void Map(HnswFile file, string path, ReadOnlySpan<byte> digest)
    {
        using (_writers.Write())
        {
            // Otherwise the index was compacted meanwhile, and its slots have other numbers.
            if (file.Core == _core)
            {
                file.TryMapVectors(path, digest);
            }
        }
    }

    private Lock LockOf(long key) => _keyLocks[(int)((ulong)(key * unchecked((long)0x9E3779B97F4A7C15)) >> 54)];
}
