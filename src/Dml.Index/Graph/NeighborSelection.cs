using Dml.Index.Codes;

namespace Dml.Index.Graph;

/// <summary>
/// Algorithm 4: of all candidates, best first, takes those that are more similar to the owner of the links than to any
/// neighbour taken before. Links then point in different directions and lead out of clusters.
/// </summary>
internal static class NeighborSelection
{
    /// <param name="codes">Compares the candidates with one another.</param>
    /// <param name="candidates">Scored against the owner, best first, without the owner.</param>
    /// <param name="links">Receives slots; the first <paramref name="taken"/> are there already.</param>
    /// <param name="scratch">Its chosen queries are overwritten.</param>
    /// <param name="taken">Links that stay whatever comes.</param>
    /// <returns>How many links there are then.</returns>
    public static int Run(
        VectorCodes codes, ReadOnlySpan<ScoredSlot> candidates, Span<int> links, WalkScratch scratch, int taken = 0)
    {
        for (int i = 0; i < taken; i++)
        {
            codes.Prepare(scratch.Chosen[i], links[i]);
        }

        foreach (ScoredSlot candidate in candidates)
        {
            if (taken == links.Length)
            {
                break;
            }

            if (IsDiverse(codes, candidate, links[..taken], scratch.Chosen))
            {
                codes.Prepare(scratch.Chosen[taken], candidate.Slot);
                links[taken++] = candidate.Slot;
            }
        }

        return taken;
    }

    private static bool IsDiverse(VectorCodes codes, ScoredSlot candidate, ReadOnlySpan<int> links, CodeQuery[] chosen)
    {
        for (int i = 0; i < links.Length; i++)
        {
            if (links[i] == candidate.Slot || codes.Score(chosen[i], candidate.Slot) > candidate.Score)
            {
                return false;
            }
        }

        return true;
    }
}
