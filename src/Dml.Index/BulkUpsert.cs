namespace Dml.Index;

/// <summary>One call of <see cref="HnswIndex.UpsertMany"/>.</summary>
internal sealed class BulkUpsert
{
    private const int ReportEvery = 256;

    private readonly HnswIndex _index;
    private readonly ReadOnlyMemory<long> _keys;
    private readonly ReadOnlyMemory<float> _vectors;
    private readonly int[] _order;

    public BulkUpsert(HnswIndex index, ReadOnlyMemory<long> keys, ReadOnlyMemory<float> vectors)
    {
        (_index, _keys, _vectors) = (index, keys, vectors);
        if (vectors.Length != (long)keys.Length * index.Dimension)
        {
            throw new ArgumentException(
                $"{keys.Length} keys and {vectors.Length} components were given; {index.Dimension} components per key are expected.",
                nameof(vectors));
        }

        for (var i = 0; i < keys.Length; i++)
        {
            index.CheckVector(VectorOf(i), nameof(vectors));
        }

        _order = [.. Enumerable.Range(0, keys.Length)];
        Array.Sort(_order, (a, b) => keys.Span[a].CompareTo(keys.Span[b]));
        for (var i = 1; i < _order.Length; i++)
        {
            var key = keys.Span[_order[i]];
            if (key == keys.Span[_order[i - 1]])
            {
                throw new ArgumentException(
                    $"The key {key} occurs twice. Each key may occur once, since items are inserted in no particular order.", nameof(keys));
            }
        }

        new Random((int)index.Options.Seed).Shuffle(_order);
    }

    public void Run(int threads, IProgress<int>? progress, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _index.ExpectItems(_keys.Length);
        var next = -1;
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads,
            CancellationToken = cancel,
        };
        var workers = options.MaxDegreeOfParallelism;
        try
        {
            Parallel.For(0, workers, options, _ => Work());
        }
        finally
        {
            // Two threads that drop links at the same time can cut off a slot, which no walk then reaches.
            if (workers > 1)
            {
                _index.ReconnectLost();
            }
        }

        void Work()
        {
            for (var i = Interlocked.Increment(ref next); i < _order.Length; i = Interlocked.Increment(ref next))
            {
                cancel.ThrowIfCancellationRequested();
                _index.Upsert(_keys.Span[_order[i]], VectorOf(_order[i]));
                if ((i + 1) % ReportEvery == 0 || i + 1 == _order.Length)
                {
                    progress?.Report(i + 1);
                }
            }
        }
    }

    private ReadOnlySpan<float> VectorOf(int i) => _vectors.Span.Slice(i * _index.Dimension, _index.Dimension);
}
