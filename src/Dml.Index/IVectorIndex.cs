namespace Dml.Index;

/// <summary>Vectors under integer keys, searchable by similarity. Every member is safe to call concurrently.</summary>
public interface IVectorIndex
{
    /// <summary>Components of every vector.</summary>
    int Dimension { get; }

    /// <summary>How vectors are compared.</summary>
    Metric Metric { get; }

    /// <summary>Items in the index.</summary>
    int Count { get; }

    /// <summary>Memory used by the index, in bytes.</summary>
    long MemoryBytes { get; }

    /// <summary>Whether the index has an item with this key.</summary>
    bool Contains(long key);

    /// <summary>Copies an item's vector to <paramref name="vector"/>, which holds <see cref="Dimension"/> components.</summary>
    /// <returns>False, with nothing copied, when no item has this key.</returns>
    /// <exception cref="ArgumentException"><paramref name="vector"/> has another length.</exception>
    bool TryGetVector(long key, Span<float> vector);

    /// <summary>Adds an item, or replaces the vector of the item with this key.</summary>
    /// <exception cref="ArgumentException">
    /// The vector has another dimension, a component that is not finite, a squared length of 8.5e37 or more, or,
    /// under <see cref="Metric.InnerProduct"/>, the length zero. The index is unchanged.
    /// </exception>
    void Upsert(long key, ReadOnlySpan<float> vector);

    /// <summary>Removes the item with this key.</summary>
    /// <returns>False when there was none.</returns>
    bool Remove(long key);

    /// <summary>Finds the items most similar to <paramref name="query"/>.</summary>
    /// <param name="query">A vector that <see cref="Upsert"/> would accept.</param>
    /// <param name="neighbors">Receives the hits, best first, equal scores by key. Its length is the number of hits wanted.</param>
    /// <param name="options">Beam width and filter; null for the defaults.</param>
    /// <returns>Hits written: fewer than wanted only when fewer items exist or match the filter.</returns>
    /// <exception cref="ArgumentException">The query or an option is out of range.</exception>
    int Search(ReadOnlySpan<float> query, Span<Neighbor> neighbors, SearchOptions? options = null);

    /// <summary>
    /// Writes the index to a file. It is written to a temporary name in the same folder, flushed to disk and renamed, so that
    /// <paramref name="path"/> always holds a complete index, the earlier or the new one. Searches continue. The file
    /// contains every write that had returned before the call.
    /// </summary>
    /// <param name="path">The file. An existing one is replaced. Its folder must exist.</param>
    /// <param name="tag">Any number to store with the index, such as the catalogue's sequence number.</param>
    /// <param name="vectors">
    /// Whether an <see cref="HnswIndex"/> reads its vectors from that file afterwards and gives their memory back; an
    /// <see cref="ExactIndex"/> keeps them in memory.
    /// </param>
    /// <exception cref="IOException">The file cannot be written; an earlier file is untouched.</exception>
    void Save(string path, long tag = 0, VectorPlace vectors = VectorPlace.Memory);
}
