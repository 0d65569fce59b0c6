namespace Dml.Index.Storage;

/// <summary>Looks at every live slot: the oracle.</summary>
internal static class ExactScan
{
    public static int Run(
        VectorStore vectors, SlotTable slots, ReadOnlySpan<float> query, KeyFilter filter, Span<Neighbor> neighbors)
    {
        var top = new TopNeighbors(neighbors);
        Offer(vectors, slots, query, filter, 0, slots.SlotCount, ref top);
        return top.Sort();
    }

    /// <summary>Offers the live slots from <paramref name="start"/> up to, without, <paramref name="end"/>.</summary>
    public static void Offer(
        VectorStore vectors, SlotTable slots, ReadOnlySpan<float> query, KeyFilter filter, int start, int end, ref TopNeighbors top)
    {
        for (var slot = start; slot < end; slot++)
        {
            if (slots.Matches(slot, filter))
            {
                slots.Offer(slot, vectors.Score(query, slot), filter, ref top);
            }
        }
    }
}
