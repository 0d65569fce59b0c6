using Dml.Index.Files;
using Dml.Index.Storage;

namespace Dml.Index;

/// <summary>Compares the query with every item. Always exact: the reference for <see cref="HnswIndex"/>.</summary>
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

    /// <summary>The number that was passed to <see cref="Save"/>; 0 if the index was not loaded from a file.</summary>
    public long Tag { get; private init; }

    /// <summary>Loads an index that <see cref="Save"/> wrote.</summary>
    /// <exception cref="IndexFileException">The file holds no exact index, has another version, or is truncated or damaged.</exception>
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
    public void Save(string path, long tag = 0, VectorPlace vectors = VectorPlace.Memory)
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
                slot = _slots.Take(key, vectorHash: 0, _vectors.EnsureRow);
                try
                {
                    _slots.Place(key, slot);
                }
                catch
                {
                    _slots.GiveBack(slot);
                    throw;
                }

                _slots.Open(slot);
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
}
