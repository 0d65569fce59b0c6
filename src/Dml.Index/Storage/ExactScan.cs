namespace Dml.Index.Storage;

/// <summary>Looks at every live slot: the oracle, and the way out when a graph cannot answer.</summary>
internal static class ExactScan
{
    public static int Run<TScorer>(TScorer scorer, SlotTable slots, Func<long, bool>? filter, Span<Neighbor> neighbors)
        where TScorer : ISlotScorer, allows ref struct
    {
        var top = new TopNeighbors(neighbors);
        Offer(scorer, slots, filter, 0, slots.SlotCount, ref top);
        return top.Sort();
    }

    /// <summary>Offers the live slots from <paramref name="start"/> up to, without, <paramref name="end"/>.</summary>
    public static void Offer<TScorer>(
        TScorer scorer, SlotTable slots, Func<long, bool>? filter, int start, int end, ref TopNeighbors top)
        where TScorer : ISlotScorer, allows ref struct
    {
        for (int slot = start; slot < end; slot++)
        {
            if (slots.Matches(slot, filter))
            {
                slots.Offer(slot, scorer.Score(slot), filter, ref top);
            }
        }
    }
}
