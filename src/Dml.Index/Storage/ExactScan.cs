namespace Dml.Index.Storage;

/// <summary>Compares a query with every live slot: the exact answer.</summary>
internal static class ExactScan
{
    public static int Run(
        VectorStore vectors, SlotTable slots, ReadOnlySpan<float> query, KeyFilter filter, Span<Neighbor> neighbors)
    {
        var top = new TopNeighbors(neighbors);
        for (var slot = 0; slot < slots.SlotCount; slot++)
        {
            if (slots.Matches(slot, filter))
            {
                slots.Offer(slot, vectors.Score(query, slot), filter, ref top);
            }
        }

        return top.Sort();
    }
}
