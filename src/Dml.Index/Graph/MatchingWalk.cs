using Dml.Index.Codes;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// Walks among the slots that a filter accepts alone: where a link leads to another slot, the walk looks at that slot's links in its place
/// (ACORN-1; Patel, Kraft, Guestrin and Zaharia 2024). A walk through all slots compares many for each that matches, and everything around
/// the query when what matches lies elsewhere.
/// </summary>
internal sealed class MatchingWalk(HnswGraph graph, SlotTable slots, VectorCodes codes, GraphWalk walk)
{
    // Slots that match, from each upper level, where the walk on the level below begins.
    private const int Starts = 64;

    // Slots of a level that are looked at for the first ones that match, when none of them is near the query.
    private const int MostSeenForStarts = 4096;

    /// <summary>Fills the scratch's beam with up to <paramref name="ef"/> slots that match and are near the scratch's query.</summary>
    public void Run(int entry, int ef, KeyFilter keys, WalkScratch scratch)
    {
        var filter = new MatchingSlots(slots, keys);
        var near = scratch.Start(new ScoredSlot(entry, codes.Score(scratch.Query, entry)));
        ReadOnlySpan<ScoredSlot> matching = [];
        for (var level = graph.LevelOf(entry); level > 0; level--)
        {
            walk.Run(near, level, Math.Max(1, ef / GraphWalk.SearchBeamPart), default(AllSlots), int.MaxValue, scratch);
            near = scratch.CopyBeam();
            Run(near, matching, level, Starts, filter, scratch);
            if (scratch.Beam.Count == 0)
            {
                walk.Run(near, level, Starts, filter, MostSeenForStarts, scratch);
            }

            matching = scratch.CopyMatching();
        }

        Run(near, matching, level: 0, ef, filter, scratch);
    }

    private void Run(
        ReadOnlySpan<ScoredSlot> near, ReadOnlySpan<ScoredSlot> matching, int level, int ef, MatchingSlots filter, WalkScratch scratch)
    {
        var (visited, beam) = (scratch.Visited, scratch.Beam);
        visited.Reset(slots.SlotCount);
        scratch.Passed.Reset(slots.SlotCount);
        beam.Reset(ef);
        foreach (var start in matching)
        {
            if (visited.TryAdd(start.Slot) && filter.Accepts(start.Slot))
            {
                beam.Offer(start.Slot, start.Score);
            }
        }

        foreach (var start in near)
        {
            if (!visited.TryAdd(start.Slot))
            {
                continue;
            }

            if (filter.Accepts(start.Slot))
            {
                beam.Offer(start.Slot, start.Score);
            }
            else
            {
                OfferBeyond(start.Slot, level, filter, scratch);
            }
        }

        while (beam.TryPeek(out var best))
        {
            beam.Take();
            OfferBeyond(best.Slot, level, filter, scratch);
        }
    }

    /// <summary>Offers the slots that match and that links lead to, directly or past one slot that does not match.</summary>
    private void OfferBeyond(int slot, int level, MatchingSlots filter, WalkScratch scratch)
    {
        var (visited, beam, found, others) = (scratch.Visited, scratch.Beam, scratch.Gathered, scratch.Bypassed);
        var (count, otherCount) = (0, 0);
        foreach (var link in graph.RawLinks(slot, level))
        {
            if (link < 0)
            {
                break;
            }

            var isNew = visited.TryAdd(link);
            if (!filter.Accepts(link))
            {
                others[otherCount++] = link;
                if (level == 0)
                {
                    graph.Prefetch(link);
                }
            }
            else if (isNew)
            {
                found[count++] = link;
            }
        }

        var enough = graph.MaxLinks(level);
        for (var i = 0; i < otherCount && count < enough; i++)
        {
            if (!scratch.Passed.TryAdd(others[i]))
            {
                continue;
            }

            foreach (var link in visited.AddAll(graph.RawLinks(others[i], level)))
            {
                found[count] = link;
                count += filter.Accepts(link) ? 1 : 0;
            }
        }

        codes.Score(scratch.Query, found.AsSpan(0, count), scratch.Scores);
        for (var i = 0; i < count; i++)
        {
            if (beam.Offer(found[i], scratch.Scores[i]) && level == 0)
            {
                graph.Prefetch(found[i]);
            }
        }
    }
}
