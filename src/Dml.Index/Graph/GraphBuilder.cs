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
            ReadOnlySpan<ScoredSlot> nearest = scratch.TakeResults();
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

    /// <summary>Makes a slot that no walk reaches a neighbour of the nearest one that a walk does reach, and back.</summary>
    public void LinkFromReach(int slot)
    {
        WalkScratch scratch = pool.Rent();
        VectorScorer scorer = vectors.ScorerFor(slot);
        ReadOnlySpan<ScoredSlot> starts = GraphWalk.Descend(graph, slots, scorer, lowest: 1, efConstruction, scratch);
        GraphWalk.Run(graph, slots, scorer, starts, level: 0, efConstruction, filter: null, int.MaxValue, scratch);
        foreach (ScoredSlot near in scratch.TakeResults())
        {
            if (AddLink(near.Slot, level: 0, slot, always: true))
            {
                AddLink(slot, level: 0, near.Slot);
                break;
            }
        }

        pool.Return(scratch);
    }

    /// <summary>
    /// Adds one link. A full row is thinned by Algorithm 4, except that a slot to which no other link leads stays: pruned
    /// by everyone, as happens to the first items of a new cluster, it would never be found again.
    /// </summary>
    /// <returns>Whether the link is there now.</returns>
    private bool AddLink(int from, int level, int to, bool always = false)
    {
        ReadOnlySpan<int> old = graph.Links(from, level);
        if (old.Contains(to))
        {
            return true;
        }

        int most = graph.MaxLinks(level);
        Span<int> links = stackalloc int[most];
        if (old.Length < most)
        {
            old.CopyTo(links);
            links[old.Length] = to;
            graph.SetLinks(from, level, links[..(old.Length + 1)]);
            return true;
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

        if ((always || graph.Incoming(to, level) == 0) && kept < most)
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
        return links[..kept].Contains(to);
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
