using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>Finds near slots by following links.</summary>
internal static class GraphWalk
{
    /// <summary>
    /// Goes from the entry down to <paramref name="lowest"/> (Algorithm 5, lines 4-6; the beam of width 1 of
    /// Algorithm 2), on every level to a slot none of whose neighbours is more similar. Removed slots count as any other.
    /// </summary>
    public static int Descend<TScorer>(HnswGraph graph, TScorer scorer, int lowest)
        where TScorer : ISlotScorer, allows ref struct
    {
        int best = graph.Entry;
        float bestScore = scorer.Score(best);
        for (int level = graph.LevelOf(best); level >= lowest; level--)
        {
            int from;
            do
            {
                from = best;
                foreach (int slot in graph.Links(from, level))
                {
                    float score = scorer.Score(slot);
                    if (score > bestScore)
                    {
                        (best, bestScore) = (slot, score);
                    }
                }
            }
            while (best != from);
        }

        return best;
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
        int start,
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

        visited.Add(start);
        Take(start, scorer.Score(start));
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
            if (slots.IsLive(slot) && (filter is null || filter(slots.KeyOf(slot))))
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
