using Dml.Index.Files;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>Compares the query with every item: always right, and the oracle of <see cref="HnswIndex"/>.</summary>
public sealed class ExactIndex : IVectorIndex
{
    private readonly ReadWriteLock _lock = new();
    private readonly SlotTable _slots = new();
    private readonly VectorStore _vectors;

    /// <summary>An empty index.</summary>
    /// <param name="dimension">Components of every vector, 1 to 65,536.</param>
    /// <param name="metric">How vectors are compared.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension or the metric is out of range.</exception>
    public ExactIndex(int dimension, Metric metric) => _vectors = new VectorStore(dimension, metric);

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
                return _slots.MemoryBytes + _vectors.MemoryBytes(_slots.SlotCount);
            }
        }
    }

    /// <summary>The number that was given to <see cref="Save"/>; 0 when the index does not come from a file.</summary>
    public long Tag { get; private init; }

    /// <summary>Loads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="IndexFileException">It is not an exact index's file, of another version, cut short or damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ExactIndex Load(string path)
    {
        using var reader = IndexFileReader.Open(path, IndexFormat.ExactKind);
        var index = new ExactIndex(reader.Dimension, reader.Metric) { Tag = reader.Tag };
        if (index._slots.Fill(SlotSnapshot.Read(reader)) is { } fault)
        {
            throw reader.Damaged(fault);
        }

        reader.Align();
        index._vectors.Read(reader, index._slots.SlotCount);
        return index;
    }

    /// <inheritdoc/>
    public void Save(string path, long tag = 0)
    {
        using (_lock.Read())
        {
            IndexFileWriter.Save(path, IndexFormat.ExactKind, Dimension, Metric, tag, writer =>
            {
                _slots.Copy().Write(writer);
                writer.Align();
                _vectors.Write(writer, _slots.SlotCount);
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
            return _slots.TryGetSlot(key, out var slot) && _vectors[slot].TryCopyTo(vector);
        }
    }

    /// <inheritdoc/>
    public void Upsert(long key, ReadOnlySpan<float> vector)
    {
        _vectors.Check(vector, nameof(vector));
        using (_lock.Write())
        {
            if (!_slots.TryGetSlot(key, out var slot))
            {
                _slots.Take(key, vectorHash: 0, out slot);
                _slots.Place(key, slot);
                _slots.Publish(slot);
            }

            _vectors.Set(slot, vector);
        }
    }

    /// <inheritdoc/>
    public bool Remove(long key)
    {
        using (_lock.Write())
        {
            var removed = _slots.Forget(key, out var slot);
            if (removed)
            {
                _slots.Leave(slot, key);
                _slots.Free(slot);
            }

            return removed;
        }
    }

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> query, Span<Neighbor> neighbors, SearchOptions? options = null)
    {
        _vectors.Check(query, nameof(query));
        using (_lock.Read())
        {
            return ExactScan.Run(_vectors, _slots, query, new KeyFilter(options?.Filter, options?.Among), neighbors);
        }
    }

    /// <summary>Searches for many queries at once, on all cores, with far less memory traffic than one by one.</summary>
    /// <param name="queries">Queries one after another, each of <see cref="Dimension"/> components.</param>
    /// <param name="k">Hits wanted for each query, at least 1.</param>
    /// <param name="neighbors">
    /// Receives the hits of query i from place i * <paramref name="k"/> on, best first, equal scores by key.
    /// It has one place for each wanted hit.
    /// </param>
    /// <param name="cancel">Stops between blocks of queries.</param>
    /// <returns>Hits of each query: <paramref name="k"/>, or the number of items when there are fewer.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit, or a query is one that <see cref="Search"/> refuses.</exception>
    public int SearchMany(ReadOnlyMemory<float> queries, int k, Memory<Neighbor> neighbors, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var count = queries.Length / Dimension;
        if (queries.Length % Dimension != 0 || neighbors.Length != (long)count * k)
        {
            throw new ArgumentException(
                $"{queries.Length} query components and places for {neighbors.Length} hits came, but queries of {Dimension} components "
                + $"with {k} hits each were expected.");
        }

        for (var query = 0; query < count; query++)
        {
            _vectors.Check(queries.Span.Slice(query * Dimension, Dimension), nameof(queries));
        }

        using (_lock.Read())
        {
            BatchScan.Run(_vectors, _slots, queries, k, neighbors, cancel);
            return Math.Min(k, _slots.Count);
        }
    }
}
