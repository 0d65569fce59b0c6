using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>
/// Algorithm 4: of all candidates, best first, takes those that are more similar to the owner of the links than to any
/// neighbour taken before. Links then point in different directions and lead out of clusters.
/// </summary>
internal static class NeighborSelection
{
    /// <param name="vectors">Compares the candidates with one another.</param>
    /// <param name="candidates">Scored against the owner, best first, without the owner.</param>
    /// <param name="links">Receives slots; the first <paramref name="taken"/> are there already.</param>
    /// <param name="taken">Links that stay whatever comes.</param>
    /// <returns>How many links there are then.</returns>
    public static int Run(VectorStore vectors, ReadOnlySpan<ScoredSlot> candidates, Span<int> links, int taken = 0)
    {
        foreach (ScoredSlot candidate in candidates)
        {
            if (taken == links.Length)
            {
                break;
            }

            if (IsDiverse(vectors, candidate, links[..taken]))
            {
                links[taken++] = candidate.Slot;
            }
        }

        return taken;
    }

    private static bool IsDiverse(VectorStore vectors, ScoredSlot candidate, ReadOnlySpan<int> links)
    {
        VectorScorer scorer = vectors.ScorerFor(candidate.Slot);
        foreach (int link in links)
        {
            if (link == candidate.Slot || scorer.Score(link) > candidate.Score)
            {
                return false;
            }
        }

        return true;
    }
}
