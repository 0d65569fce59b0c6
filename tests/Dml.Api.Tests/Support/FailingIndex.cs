using Dml.Index;

namespace Dml.Api.Tests.Support;

/// <summary>An index whose writes fail while the test says so.</summary>
internal sealed class FailingIndex(IVectorIndex index) : IVectorIndex
{
    private volatile bool _fails;

    public bool Fails
    {
        get => _fails;
        set => _fails = value;
    }

    public int Dimension => index.Dimension;

    public Metric Metric => index.Metric;

    public int Count => index.Count;

    public long MemoryBytes => index.MemoryBytes;

    public bool Contains(long key) => index.Contains(key);

    public bool TryGetVector(long key, Span<float> vector) => index.TryGetVector(key, vector);

    public void Upsert(long key, ReadOnlySpan<float> vector)
    {
        ThrowIfFailing();
        index.Upsert(key, vector);
    }

    public bool Remove(long key)
    {
        ThrowIfFailing();
        return index.Remove(key);
    }

    public int Search(ReadOnlySpan<float> query, Span<Neighbor> neighbors, SearchOptions? options = null) =>
        index.Search(query, neighbors, options);

    public void Save(string path, long tag = 0) => index.Save(path, tag);

    private void ThrowIfFailing()
    {
        if (_fails)
        {
            throw new InsufficientMemoryException("A test has the index fail.");
        }
    }
}
