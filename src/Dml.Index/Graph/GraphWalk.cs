using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>Finds near slots by following links.</summary>
internal static class GraphWalk
{
    // 200 tight clusters of 100 in 128 dimensions, inserted one after another: recall@10 is 0.98 with the single slot of
    // Algorithm 5 on the upper levels and 0.999 with a beam of ef / 8; wider finds no more.
    private const int BeamPart = 8;

    /// <summary>
    /// Goes from the entry down to <paramref name="lowest"/> and leaves the way on, best first, in the scratch.
    /// Algorithm 5 keeps one slot of each level; a narrow beam costs little up here, where slots are few, and finds the
    /// way between clusters that lie apart, where no single step leads nearer. <paramref name="ef"/> is level 0's.
    /// </summary>
    public static ReadOnlySpan<ScoredSlot> Descend<TScorer>(
        HnswGraph graph, SlotTable slots, TScorer scorer, int lowest, int ef, WalkScratch scratch)
        where TScorer : ISlotScorer, allows ref struct
    {
        ReadOnlySpan<ScoredSlot> starts = scratch.Start(new ScoredSlot(graph.Entry, scorer.Score(graph.Entry)));
        for (int level = graph.LevelOf(graph.Entry); level >= lowest; level--)
        {
            Run(graph, slots, scorer, starts, level, Math.Max(1, ef / BeamPart), filter: null, int.MaxValue, scratch);
            starts = scratch.Results.Count > 0 ? scratch.TakeResults() : starts;
        }

        return starts;
    }

    /// <summary>
    /// Algorithm 2: a beam of width <paramref name="ef"/> on one level. Removed and filtered slots are walked through
    /// but not found, so the beam goes on until it holds <paramref name="ef"/> slots that count, or gives up after seeing
    /// <paramref name="visitLimit"/> slots.
    /// </summary>
    /// <returns>False when it gave up. What was found is in the scratch's results.</returns>
    public static bool Run<TScorer>(
        HnswGraph graph,
        SlotTable slots,
        TScorer scorer,
        ReadOnlySpan<ScoredSlot> starts,
        int level,
        int ef,
        Func<long, bool>? filter,
        int visitLimit,
        WalkScratch scratch)
        where TScorer : ISlotScorer, allows ref struct
    {
        VisitedSlots visited = scratch.Visited;
        SlotHeap candidates = scratch.Candidates;
        SlotHeap results = scratch.Results;
        visited.Reset(graph.SlotCount);
        candidates.Clear();
        results.Clear();

        foreach (ScoredSlot start in starts)
        {
            visited.Add(start.Slot);
            Take(start.Slot, start.Score);
        }

        while (candidates.Count > 0)
        {
            (float rank, int nearest) = candidates.Pop();
            if (results.Count == ef && -rank < results.Lowest.Rank)
            {
                return true;
            }

            foreach (int slot in graph.Links(nearest, level))
            {
                if (visited.Add(slot))
                {
                    float score = scorer.Score(slot);
                    if (results.Count < ef || score > results.Lowest.Rank)
                    {
                        Take(slot, score);
                    }
                }
            }

            if (visited.Count > visitLimit)
            {
                return false;
            }
        }

        return true;

        void Take(int slot, float score)
        {
            candidates.Push(-score, slot);
            if (slots.Matches(slot, filter))
            {
                results.Push(score, slot);
                if (results.Count > ef)
                {
                    results.Pop();
                }
            }
        }
    }
}
