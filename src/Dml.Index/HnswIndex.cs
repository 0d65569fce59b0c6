using Dml.Index.Files;
using Dml.Index.Graph;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>
/// Approximate nearest neighbours by a hierarchical navigable small world graph (Malkov and Yashunin 2016,
/// arXiv:1603.09320). Searches run in parallel; a write waits for them and runs alone. The memory of removed items is
/// used for new ones and is not given back.
/// </summary>
public sealed class HnswIndex : IVectorIndex
{
    // A scan reads memory in order and a walk does not, so looking at everything is the quicker way up to a few times
    // the number of slots that a walk would look at.
    private const int ScanUpToBeams = 8;

    // A walk for a rare match is given up after this part of the items: it then cost little beside the scan that follows.
    private const int WalkPart = 8;

    private readonly ReadWriteLock _lock = new();
    private readonly SlotTable _slots = new();
    private readonly ScratchPool _pool = new();
    private readonly VectorStore _vectors;
    private readonly EqualVectors _equals;
    private readonly HnswOptions _options;
    private readonly HnswGraph _graph;
    private readonly GraphBuilder _builder;
    private readonly GraphRepair _repair;

    /// <summary>An empty index.</summary>
    /// <param name="dimension">Components of every vector, 1 to 65,536.</param>
    /// <param name="metric">How vectors are compared.</param>
    /// <param name="options">The shape of the graph; null for the defaults.</param>
    /// <exception cref="ArgumentException">The dimension, the metric or an option is out of range.</exception>
    public HnswIndex(int dimension, Metric metric, HnswOptions? options = null)
    {
        _options = options ?? new HnswOptions();
        _options.Check();
        _vectors = new VectorStore(dimension, metric);
        _equals = new EqualVectors(_vectors);
        _graph = new HnswGraph(_options);
        _builder = new GraphBuilder(_graph, _slots, _vectors, _options.EfConstruction, _pool);
        _repair = new GraphRepair(_graph, _slots, _vectors, _builder);
    }

    /// <inheritdoc/>
    public int Dimension => _vectors.Dimension;

    /// <inheritdoc/>
    public Metric Metric => _vectors.Metric;

    /// <inheritdoc/>
    public int Count
    {
        get
        {
            using (_lock.Read())
            {
                return _slots.Count;
            }
        }
    }

    /// <inheritdoc/>
    public long MemoryBytes
    {
        get
        {
            using (_lock.Read())
            {
                return _slots.MemoryBytes + _vectors.MemoryBytes + _equals.MemoryBytes + _graph.MemoryBytes;
            }
        }
    }

    /// <summary>The shape of the graph; after <see cref="Load"/>, the one it was saved with.</summary>
    public HnswOptions Options => _options;

    /// <summary>The number that was given to <see cref="Save"/>; 0 when the index does not come from a file.</summary>
    public long Tag { get; private init; }

    /// <summary>Loads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="IndexFileException">It is not an HNSW index's file, of another version, cut short or damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static HnswIndex Load(string path)
    {
        using IndexFileReader reader = IndexFileReader.Open(path, IndexFormat.HnswKind);
        var index = new HnswIndex(reader.Dimension, reader.Metric, HnswOptions.Read(reader)) { Tag = reader.Tag };
        index._slots.Read(reader);
        index._vectors.Read(reader, index._slots.SlotCount);
        index._graph.Read(reader, index._slots.SlotCount);
        if ((index._graph.Entry == LinkTable.None) != (index.Count == 0))
        {
            throw reader.Damaged("its graph and its items do not belong together");
        }

        for (int slot = 0; slot < index._slots.SlotCount; slot++)
        {
            if (index._slots.IsLive(slot))
            {
                index._equals.Add(slot);
            }
        }

        index._repair.Resume();
        return index;
    }

    /// <inheritdoc/>
    public void Save(string path, long tag = 0)
    {
        using (_lock.Read())
        {
            IndexFileWriter.Save(path, IndexFormat.HnswKind, Dimension, Metric, tag, writer =>
            {
                _options.Write(writer);
                _slots.Write(writer);
                _vectors.Write(writer, _slots.SlotCount);
                _graph.Write(writer);
            });
        }
    }

    /// <inheritdoc/>
    public bool Contains(long key)
    {
        using (_lock.Read())
        {
            return _slots.TryGetSlot(key, out _);
        }
    }

    /// <inheritdoc/>
    public bool TryGetVector(long key, Span<float> vector)
    {
        _vectors.CheckLength(vector, nameof(vector));
        using (_lock.Read())
        {
            return _slots.TryGetSlot(key, out int slot) && _vectors[slot].TryCopyTo(vector);
        }
    }

    /// <inheritdoc/>
    public void Upsert(long key, ReadOnlySpan<float> vector)
    {
        _vectors.Check(vector, nameof(vector));
        using (_lock.Write())
        {
            if (_slots.TryGetSlot(key, out int old))
            {
                if (_vectors[old].SequenceEqual(vector))
                {
                    return;
                }

                RemoveLocked(key);
            }

            if (_equals.TryFind(vector, out int shared))
            {
                _slots.Share(shared, key);
            }
            else
            {
                int slot = _slots.Add(key);
                _vectors.Set(slot, vector);
                _equals.Add(slot);
                _graph.EnsureSlot(slot);
                _builder.Link(slot);
            }

            _repair.Advance();
        }
    }

    /// <inheritdoc/>
    public bool Remove(long key)
    {
        using (_lock.Write())
        {
            bool removed = RemoveLocked(key);
            _repair.Advance();
            return removed;
        }
    }

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> query, Span<Neighbor> neighbors, SearchOptions? options = null)
    {
        _vectors.Check(query, nameof(query));
        int ef = options?.EfSearch ?? _options.EfSearch;
        ArgumentOutOfRangeException.ThrowIfLessThan(ef, 1, nameof(options));
        ef = Math.Max(ef, neighbors.Length);
        using (_lock.Read())
        {
            VectorScorer scorer = _vectors.ScorerFor(query);
            if (_slots.Count > (long)ScanUpToBeams * ef)
            {
                int found = Walk(scorer, neighbors, ef, options?.Filter);
                if (found == neighbors.Length)
                {
                    return found;
                }
            }

            return ExactScan.Run(scorer, _slots, options?.Filter, neighbors);
        }
    }

    private int Walk(VectorScorer scorer, Span<Neighbor> neighbors, int ef, Func<long, bool>? filter)
    {
        WalkScratch scratch = _pool.Rent();
        try
        {
            int limit = filter is null ? int.MaxValue : (ScanUpToBeams * ef) + (_slots.Count / WalkPart);
            ReadOnlySpan<ScoredSlot> starts = GraphWalk.Descend(_graph, _slots, scorer, lowest: 1, ef, scratch);
            if (!GraphWalk.Run(_graph, _slots, scorer, starts, level: 0, ef, filter, limit, scratch))
            {
                return 0;
            }

            var top = new TopNeighbors(neighbors);
            foreach ((float score, int slot) in scratch.Results.Entries)
            {
                _slots.Offer(slot, score, filter, ref top);
            }

            return top.Sort();
        }
        finally
        {
            _pool.Return(scratch);
        }
    }

    private bool RemoveLocked(long key)
    {
        bool removed = _slots.Remove(key, out int slot);
        if (removed && !_slots.IsLive(slot))
        {
            _equals.Remove(slot);
            _repair.Add(slot);
        }

        return removed;
    }
}
