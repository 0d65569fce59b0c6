using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>Algorithm 1: gives a slot its place in the graph.</summary>
internal sealed class GraphBuilder(HnswGraph graph, SlotTable slots, VectorStore vectors, int efConstruction, ScratchPool pool)
{
    /// <summary>Links a live slot to its nearest ones and them to it, on each of its levels.</summary>
    public void Link(int slot)
    {
        if (graph.Entry == LinkTable.None)
        {
            graph.Entry = slot;
            return;
        }

        WalkScratch scratch = pool.Rent();
        VectorScorer scorer = vectors.ScorerFor(slot);
        int top = graph.LevelOf(graph.Entry);
        ReadOnlySpan<ScoredSlot> starts = GraphWalk.Descend(graph, slots, scorer, graph.LevelOf(slot) + 1, efConstruction, scratch);
        int found = 0;
        for (int level = Math.Min(graph.LevelOf(slot), top); level >= 0; level--)
        {
            GraphWalk.Run(graph, slots, scorer, starts, level, efConstruction, filter: null, int.MaxValue, scratch);
            ReadOnlySpan<ScoredSlot> nearest = WithoutSelf(scratch.TakeResults(), slot);
            found = nearest.Length;
            if (found > 0)
            {
                starts = nearest;
                LinkBothWays(slot, level, nearest);
            }
        }

        // With nothing but removed slots in reach, the old entry leads nowhere: start over from here.
        if (graph.LevelOf(slot) > top || found == 0)
        {
            graph.Entry = slot;
        }

        pool.Return(scratch);
    }

    /// <summary>
    /// Adds one link. A full row is thinned by Algorithm 4, except that a slot to which no other link leads stays: pruned
    /// by everyone, as happens among duplicates and in the first items of a new cluster, it would never be found again.
    /// </summary>
    public void AddLink(int from, int level, int to)
    {
        ReadOnlySpan<int> old = graph.Links(from, level);
        if (old.Contains(to))
        {
            return;
        }

        int most = graph.MaxLinks(level);
        Span<int> links = stackalloc int[most];
        if (old.Length < most)
        {
            old.CopyTo(links);
            links[old.Length] = to;
            graph.SetLinks(from, level, links[..(old.Length + 1)]);
            return;
        }

        VectorScorer scorer = vectors.ScorerFor(from);
        Span<ScoredSlot> candidates = stackalloc ScoredSlot[most + 1];
        int kept = 0;
        int count = 0;
        foreach (int link in old)
        {
            if (graph.Incoming(link, level) == 1)
            {
                links[kept++] = link;
            }
            else
            {
                candidates[count++] = new ScoredSlot(link, scorer.Score(link));
            }
        }

        if (graph.Incoming(to, level) == 0 && kept < most)
        {
            links[kept++] = to;
        }
        else
        {
            candidates[count++] = new ScoredSlot(to, scorer.Score(to));
        }

        candidates = candidates[..count];
        candidates.Sort(ScoredSlot.BestFirst);
        kept = NeighborSelection.Run(vectors, candidates, links, kept);
        graph.SetLinks(from, level, links[..kept]);
    }

    private static ReadOnlySpan<ScoredSlot> WithoutSelf(Span<ScoredSlot> nearest, int slot)
    {
        int kept = 0;
        foreach (ScoredSlot candidate in nearest)
        {
            if (candidate.Slot != slot)
            {
                nearest[kept++] = candidate;
            }
        }

        return nearest[..kept];
    }

    private void LinkBothWays(int slot, int level, ReadOnlySpan<ScoredSlot> nearest)
    {
        Span<int> links = stackalloc int[graph.M];
        links = links[..NeighborSelection.Run(vectors, nearest, links)];
        graph.SetLinks(slot, level, links);
        foreach (int link in links)
        {
            AddLink(link, level, slot);
        }
    }
}
