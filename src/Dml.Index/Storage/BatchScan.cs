namespace Dml.Index.Storage;

/// <summary>
/// Exact search for many queries. A block of slots is compared with a block of queries while it is in the cache, so
/// the vectors come from memory once for every block of queries and not once for every query.
/// </summary>
internal static class BatchScan
{
    private const int QueriesPerBlock = 64;
    private const int SlotBlockBytes = 128 << 10;

    public static void Run(
        VectorStore vectors,
        SlotTable slots,
        ReadOnlyMemory<float> queries,
        int k,
        Memory<Neighbor> neighbors,
        CancellationToken cancel)
    {
        var queryCount = queries.Length / vectors.Dimension;
        var blocks = (queryCount + QueriesPerBlock - 1) / QueriesPerBlock;
        var options = new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, blocks, options, block =>
        {
            var first = block * QueriesPerBlock;
            var count = Math.Min(QueriesPerBlock, queryCount - first);
            RunBlock(
                vectors,
                slots,
                queries.Span.Slice(first * vectors.Dimension, count * vectors.Dimension),
                k,
                neighbors.Span.Slice(first * k, count * k));
        });
    }

    private static void RunBlock(VectorStore vectors, SlotTable slots, ReadOnlySpan<float> queries, int k, Span<Neighbor> neighbors)
    {
        var dimension = vectors.Dimension;
        var slotsPerBlock = Math.Max(1, SlotBlockBytes / (dimension * sizeof(float)));
        var queryCount = queries.Length / dimension;
        var found = 0;
        for (var start = 0; start < slots.SlotCount; start += slotsPerBlock)
        {
            var end = Math.Min(start + slotsPerBlock, slots.SlotCount);
            var foundBefore = found;
            for (var query = 0; query < queryCount; query++)
            {
                var top = new TopNeighbors(neighbors.Slice(query * k, k), count: foundBefore);
                ExactScan.Offer(vectors, slots, queries.Slice(query * dimension, dimension), default, start, end, ref top);
                found = top.Count;
            }
        }

        for (var query = 0; query < queryCount; query++)
        {
            new TopNeighbors(neighbors.Slice(query * k, k), count: found).Sort();
        }
    }
}
