using Dml.Index.Codes;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>Finds near slots by following links. The scratch's query is prepared by the caller.</summary>
internal sealed class GraphWalk(HnswGraph graph, SlotTable slots, VectorCodes codes)
{
    /// <summary>The part of its beam that a search has on the upper levels: it crosses between distant clusters and costs little.</summary>
    public const int SearchBeamPart = 32;

    /// <summary>
    /// Walks from the entry down to <paramref name="lowest"/> and returns where to start on the level below, best first. The
    /// result is valid until the next walk. Algorithm 5 keeps one slot of each level. A narrow beam costs little on the upper
    /// levels, where slots are few, and crosses between distant clusters, where no single step leads nearer.
    /// </summary>
    public ReadOnlySpan<ScoredSlot> Descend(int entry, int lowest, int width, WalkScratch scratch)
    {
        var starts = scratch.Start(new ScoredSlot(entry, codes.Score(scratch.Query, entry)));
        for (var level = graph.LevelOf(entry); level >= lowest; level--)
        {
            Run(starts, level, Math.Max(1, width), default(AllSlots), int.MaxValue, scratch);
            starts = scratch.CopyBeam();
        }

        return starts;
    }

    /// <summary>
    /// Algorithm 2: a beam of width <paramref name="ef"/> on one level. The walk passes through slots that the filter does not
    /// accept but does not return them. It ends when the beam holds <paramref name="ef"/> accepted slots and no better one is in
    /// sight, or when it has seen <paramref name="visitLimit"/> slots.
    /// </summary>
    /// <param name="starts">Where to begin, scored.</param>
    /// <param name="level">The level.</param>
    /// <param name="ef">How many slots to find.</param>
    /// <param name="filter">Which slots to find.</param>
    /// <param name="visitLimit">How many slots to look at before giving up.</param>
    /// <param name="scratch">Its beam receives the slots found.</param>
    /// <param name="except">A slot to ignore.</param>
    /// <returns>False when the walk gave up.</returns>
    public bool Run<TFilter>(
        ReadOnlySpan<ScoredSlot> starts,
        int level,
        int ef,
        TFilter filter,
        int visitLimit,
        WalkScratch scratch,
        int except = LinkTable.None)
        where TFilter : struct, ISlotFilter
    {
        var visited = scratch.Visited;
        var beam = scratch.Beam;
        var others = scratch.Others;
        visited.Reset(slots.SlotCount);
        beam.Reset(ef);
        others.Clear();
        visited.TryAdd(except);
        foreach (var start in starts)
        {
            if (visited.TryAdd(start.Slot))
            {
                Take(start.Slot, start.Score);
            }
        }

        while (TryNext(out var nearest))
        {
            var fresh = visited.AddAll(graph.RawLinks(nearest, level));
            var scores = scratch.Scores.AsSpan(0, fresh.Length);
            codes.Score(scratch.Query, fresh, scores);
            for (var i = 0; i < fresh.Length; i++)
            {
                Take(fresh[i], scores[i]);
            }

            if (visited.Count > visitLimit)
            {
                return false;
            }
        }

        return true;

        void Take(int slot, float score)
        {
            if (beam.IsFull && score <= beam.Threshold)
            {
                return;
            }

            if (TFilter.AcceptsAll || filter.Accepts(slot))
            {
                if (beam.Offer(slot, score) && level == 0)
                {
                    graph.Prefetch(slot);
                }
            }
            else
            {
                others.Enqueue(slot, -score);
            }
        }

        bool TryNext(out int nearest)
        {
            var found = beam.TryPeek(out var best);
            nearest = best.Slot;
            if (!TFilter.AcceptsAll && others.TryPeek(out var other, out var minusScore)
                && (found ? -minusScore > best.Score : !beam.IsFull || -minusScore > beam.Threshold))
            {
                others.Dequeue();
                nearest = other;
                return true;
            }

            if (found)
            {
                beam.Take();
                if (level == 0 && beam.TryPeek(out var following))
                {
                    graph.Prefetch(following.Slot);
                }
            }

            return found;
        }
    }
}
