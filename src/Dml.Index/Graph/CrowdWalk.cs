using Dml.Index.Codes;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// A walk that looks past crowds: many slots that a query cannot tell apart, such as the frames of a film seen from another picture. An
/// ordinary walk ends inside one, because its members fill the beam and lead to one another. Here they take no place in the beam: every
/// member is visited, whatever its score, and the beam holds what they lead to besides.
/// </summary>
internal sealed class CrowdWalk(HnswGraph graph, SlotTable slots, VectorCodes codes, GraphWalk walk, Metric metric)
{
    /// <summary>A crowd nearer than this share of the query's squared length is where the query belongs.</summary>
    public const float LeastDistance = 0.02f;

    // The further half of a beam is a crowd when its scores differ by less than this share of their distance from the query. Among a
    // million random vectors of 784 components, the worst case of ordinary data, they differ by 0.7 % by the normal distribution.
    private const float Spread = 0.006f;

    // A few scores may be equal by chance.
    private const int LeastWidth = 16;

    // The scores of a whole crowd lie so many times further apart than those of its nearest, which are in the beam, and at least so far.
    private const float Reach = 40;
    private const float LeastReach = 2e-3f;

    // Visiting a member costs as much as any step of a walk, so this bounds the search that meets the largest crowd.
    private const int MostMembers = 1 << 16;
    private const int MostCrowds = 4;

    /// <summary>Walks on one level (<see cref="GraphWalk.Run"/>), past up to four crowds. The scratch's query is prepared.</summary>
    /// <param name="starts">Where to begin, scored.</param>
    /// <param name="level">The level.</param>
    /// <param name="ef">How many slots to find.</param>
    /// <param name="filter">Which slots to find.</param>
    /// <param name="scratch">Its beam receives the slots found.</param>
    /// <param name="squaredLength">The query's inner product with itself.</param>
    /// <param name="except">A slot to ignore.</param>
    public void Run<TFilter>(
        ReadOnlySpan<ScoredSlot> starts,
        int level,
        int ef,
        TFilter filter,
        WalkScratch scratch,
        float squaredLength,
        int except = LinkTable.None)
        where TFilter : struct, ISlotFilter
    {
        walk.Run(starts, level, ef, filter, int.MaxValue, scratch, except);
        if (!IsCrowd(scratch.Beam, squaredLength))
        {
            return;
        }

        var (beam, visited, members) = (scratch.Beam, scratch.Visited, scratch.Members);
        visited.Reset(slots.SlotCount);
        visited.TryAdd(except);
        members.Clear();
        var next = 0;
        Span<(float Least, float Most)> crowds = stackalloc (float, float)[MostCrowds];
        for (var count = 0; count < MostCrowds && IsCrowd(beam, squaredLength);)
        {
            crowds[count++] = ScoresOf(beam, squaredLength);
            foreach (var member in scratch.CopyBeam())
            {
                visited.TryAdd(member.Slot);
                members.Add(member);
            }

            beam.Reset(ef);
            while (TryNext(beam, members, ref next, out var nearest))
            {
                Take(visited.AddAll(graph.RawLinks(nearest.Slot, level)), crowds[..count], scratch);

                // A crowd that came later than the rest may have no link out of it, but its first member has a parent outside.
                Take(visited.AddAll([graph.ParentOf(nearest.Slot, level)]), crowds[..count], scratch);
            }
        }

        members.AddRange(scratch.CopyBeam());
        beam.Reset(ef);
        foreach (var member in members)
        {
            if (TFilter.AcceptsAll || filter.Accepts(member.Slot))
            {
                beam.Offer(member.Slot, member.Score);
            }
        }
    }

    private static bool TryNext(Beam beam, List<ScoredSlot> members, ref int next, out ScoredSlot nearest)
    {
        if (beam.TryPeek(out nearest))
        {
            beam.Take();
            return true;
        }

        var isMember = next < members.Count;
        nearest = isMember ? members[next++] : default;
        return isMember;
    }

    private void Take(ReadOnlySpan<int> fresh, ReadOnlySpan<(float Least, float Most)> crowds, WalkScratch scratch)
    {
        var scores = scratch.Scores.AsSpan(0, fresh.Length);
        codes.Score(scratch.Query, fresh, scores);
        for (var i = 0; i < fresh.Length; i++)
        {
            if (scratch.Members.Count < MostMembers && IsIn(crowds, scores[i]))
            {
                scratch.Members.Add(new ScoredSlot(fresh[i], scores[i]));
            }
            else
            {
                scratch.Beam.Offer(fresh[i], scores[i]);
            }
        }
    }

    private static bool IsIn(ReadOnlySpan<(float Least, float Most)> crowds, float score)
    {
        foreach (var (least, most) in crowds)
        {
            if (score >= least && score <= most)
            {
                return true;
            }
        }

        return false;
    }

    private bool IsCrowd(Beam beam, float squaredLength)
    {
        if (!beam.IsFull || beam.Count < LeastWidth)
        {
            return false;
        }

        var distance = DistanceOf(beam, squaredLength);
        return distance > LeastDistance * squaredLength && SpreadOf(beam) < Spread * distance;
    }

    private (float Least, float Most) ScoresOf(Beam crowd, float squaredLength)
    {
        var reach = MathF.Max(Reach * SpreadOf(crowd), LeastReach * DistanceOf(crowd, squaredLength));
        return (crowd[^1].Score - reach, crowd[^1].Score + reach);
    }

    private static float SpreadOf(Beam beam) => beam[beam.Count / 2].Score - beam[^1].Score;

    private float DistanceOf(Beam beam, float squaredLength) => (metric == Metric.InnerProduct ? squaredLength : 0) - beam[^1].Score;
}
