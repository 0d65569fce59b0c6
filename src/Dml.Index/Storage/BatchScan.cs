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
        int queryCount = queries.Length / vectors.Dimension;
        int blocks = (queryCount + QueriesPerBlock - 1) / QueriesPerBlock;
        var options = new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, blocks, options, block =>
        {
            int first = block * QueriesPerBlock;
            int count = Math.Min(QueriesPerBlock, queryCount - first);
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
        int dimension = vectors.Dimension;
        int slotsPerBlock = Math.Max(1, SlotBlockBytes / (dimension * sizeof(float)));
        int queryCount = queries.Length / dimension;
        int found = 0;
        for (int start = 0; start < slots.SlotCount; start += slotsPerBlock)
        {
            int end = Math.Min(start + slotsPerBlock, slots.SlotCount);
            int foundBefore = found;
            for (int query = 0; query < queryCount; query++)
            {
                var top = new TopNeighbors(neighbors.Slice(query * k, k), count: foundBefore);
                ExactScan.Offer(vectors, slots, queries.Slice(query * dimension, dimension), default, start, end, ref top);
                found = top.Count;
            }
        }

        for (int query = 0; query < queryCount; query++)
        {
            new TopNeighbors(neighbors.Slice(query * k, k), count: found).Sort();
        }
    }
}
