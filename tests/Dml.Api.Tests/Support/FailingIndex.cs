using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Contracts;
using Dml.Index;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests.Support;

/// <summary>An index whose writes fail, and which finds some items never, as the test says.</summary>
internal sealed class FailingIndex(IVectorIndex index) : IVectorIndex
{
    private volatile bool _fails;
    private volatile Func<long, bool>? _hides;
    private volatile SearchOptions? _asked;

    /// <summary>Puts one in the place of a service's active index.</summary>
    public static FailingIndex Of(TestService service)
    {
        var generations = service.Services.GetRequiredService<GenerationRegistry>();
        var active = generations.Active!;
        var row = new StoredGeneration(
            active.Number, active.Model, active.Fingerprint, active.Dimension, GenerationState.Active, default, default, null,
            null, RolloutOrder.Ordinary);
        var failing = new FailingIndex(active.Index);
        generations.Open(new Generation(row, active.Embedder, failing, active.AppliedSequence));
        return failing;
    }

    /// <summary>Keys that no search finds; null for none.</summary>
    public Func<long, bool>? Hides
    {
        get => _hides;
        set => _hides = value;
    }

    /// <summary>The options of the last search.</summary>
    public SearchOptions? Asked => _asked;

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

    public int Search(ReadOnlySpan<float> query, Span<Neighbor> neighbors, SearchOptions? options = null)
    {
        _asked = options;
        return index.Search(
            query, neighbors, Hides is { } hides ? (options ?? new SearchOptions()) with { Filter = key => !hides(key) } : options);
    }

    public void Save(string path, long tag = 0, VectorPlace vectors = VectorPlace.Memory) => index.Save(path, tag, vectors);

    private void ThrowIfFailing()
    {
        if (_fails)
        {
            throw new InsufficientMemoryException("A test has the index fail.");
        }
    }
}
