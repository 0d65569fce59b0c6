using Dml.Index.Codes;
using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// Looks past a crowd: many slots that a query cannot tell apart, such as the frames of a film seen from another picture. A walk ends
/// inside it, because its members fill the beam and lead to one another. Here they take no place in the beam: every member is visited,
/// whatever its score, and the beam holds what they lead to besides.
/// </summary>
internal sealed class CrowdWalk(HnswGraph graph, SlotTable slots, VectorCodes codes, Metric metric)
{
    // The further half of a beam is a crowd when its scores differ by less than this share of their distance from the query. Among a
    // million random vectors of 784 components, the worst case of ordinary data, they differ by 0.7 % by the normal distribution.
    private const float Spread = 0.006f;

    // A few scores may be equal by chance.
    private const int LeastWidth = 16;

    // The scores of a whole crowd lie so many times further apart than those of its nearest, which are in the beam, and at least so far.
    private const float Reach = 40;
    private const float LeastReach = 2e-3f;

    // A crowd nearer than this share of the query's squared length is where the query belongs.
    public const float LeastDistance = 0.02f;

    // Visiting a member costs as much as any step of a walk, so this bounds the search that meets the largest crowd.
    private const int MostMembers = 1 << 16;
    private const int MostCrowds = 4;

    /// <summary>If the beam of a walk that has ended is a crowd, puts what lies beyond into it. The scratch's query is prepared.</summary>
    /// <param name="level">The level of the walk.</param>
    /// <param name="ef">The width of the beam.</param>
    /// <param name="filter">Which slots to find.</param>
    /// <param name="scratch">Its beam holds the slots that the walk has found, and receives the better ones.</param>
    /// <param name="squaredLength">The query's inner product with itself.</param>
    /// <param name="except">A slot to ignore.</param>
    public void Run<TFilter>(int level, int ef, TFilter filter, WalkScratch scratch, float squaredLength, int except = LinkTable.None)
        where TFilter : struct, ISlotFilter
    {
        var beam = scratch.Beam;
        if (!IsCrowd(beam, squaredLength))
        {
            return;
        }

        var crowds = new Crowds();
        var members = scratch.Members;
        members.Clear();
        scratch.Visited.Reset(slots.SlotCount);
        scratch.Visited.AddAll([except]);
        var visited = 0;
        TakeIn(ref crowds, ef, scratch, DistanceOf(beam, squaredLength));
        while (true)
        {
            if (beam.TryPeek(out var nearest))
            {
                beam.Take();
            }
            else if (visited < members.Count)
            {
                nearest = members[visited++];
            }
            else if (crowds.Count < MostCrowds && IsCrowd(beam, squaredLength))
            {
                TakeIn(ref crowds, ef, scratch, DistanceOf(beam, squaredLength));
                continue;
            }
            else
            {
                break;
            }

            Take(scratch.Visited.AddAll(graph.RawLinks(nearest.Slot, level)), crowds, scratch);

            // A crowd that came later than the rest may have no link out of it, but its first member has a parent outside.
            Take(scratch.Visited.AddAll([graph.ParentOf(nearest.Slot, level)]), crowds, scratch);
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

    private void Take(ReadOnlySpan<int> fresh, in Crowds crowds, WalkScratch scratch)
    {
        var scores = scratch.Scores.AsSpan(0, fresh.Length);
        codes.Score(scratch.Query, fresh, scores);
        for (var i = 0; i < fresh.Length; i++)
        {
            if (crowds.Contains(scores[i]) && scratch.Members.Count < MostMembers)
            {
                scratch.Members.Add(new ScoredSlot(fresh[i], scores[i]));
            }
            else
            {
                scratch.Beam.Offer(fresh[i], scores[i]);
            }
        }
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

    private static float SpreadOf(Beam beam) => beam[beam.Count / 2].Score - beam[beam.Count - 1].Score;

    private float DistanceOf(Beam beam, float squaredLength) =>
        (metric == Metric.InnerProduct ? squaredLength : 0) - beam[beam.Count - 1].Score;

    private static void TakeIn(ref Crowds crowds, int ef, WalkScratch scratch, float distance)
    {
        var reach = MathF.Max(Reach * SpreadOf(scratch.Beam), LeastReach * distance);
        var middle = scratch.Beam[scratch.Beam.Count - 1].Score;
        crowds.Add(middle - reach, middle + reach);
        foreach (var member in scratch.CopyBeam())
        {
            scratch.Visited.AddAll([member.Slot]);
            scratch.Members.Add(member);
        }

        scratch.Beam.Reset(ef);
    }

    private struct Crowds
    {
        private Ranges _least;
        private Ranges _most;

        public int Count { get; private set; }

        public void Add(float least, float most) => (_least[Count], _most[Count], Count) = (least, most, Count + 1);

        public readonly bool Contains(float score)
        {
            for (var i = 0; i < Count; i++)
            {
                if (score >= _least[i] && score <= _most[i])
                {
                    return true;
                }
            }

            return false;
        }

        [System.Runtime.CompilerServices.InlineArray(MostCrowds)]
        private struct Ranges
        {
            private float _first;
        }
    }
}
