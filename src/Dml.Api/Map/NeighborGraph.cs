namespace Dml.Api.Map;

/// <summary>
/// The weighted neighbour graph of UMAP (arXiv:1802.03426, section 3.1): from item i, the neighbour at distance d weighs
/// exp(−max(0, d − ρ)/σ), where ρ is the distance to the nearest and σ makes the weights sum to log2 k, so that dense and
/// sparse regions get equally many neighbours. The weights a and b of the two directions combine to a + b − ab.
/// </summary>
internal static class NeighborGraph
{
    private const int Halvings = 64;

    // When all neighbours are equally near, no σ reaches the sum; it must not become zero.
    private const double SmallestScale = 1e-6;

    /// <summary>Every edge once.</summary>
    public static List<NeighborEdge> Weigh(NearestNeighbors near)
    {
        var weights = Directed(near);
        var edges = new List<NeighborEdge>(weights.Length);
        for (var i = 0; i < near.Others.Length; i++)
        {
            var (item, other) = (i / near.K, near.Others[i]);
            var back = near.Others.AsSpan(other * near.K, near.K).IndexOf(item);
            if (back >= 0 && other < item)
            {
                // Added from the other end.
                continue;
            }

            var reverse = back < 0 ? 0 : weights[(other * near.K) + back];
            edges.Add(new NeighborEdge(item, other, weights[i] + reverse - (weights[i] * reverse)));
        }

        return edges;
    }

    /// <summary>The weights of each item's neighbours, [items, k].</summary>
    public static float[] Directed(NearestNeighbors near)
    {
        var weights = new float[near.Distances.Length];
        for (var start = 0; start < weights.Length; start += near.K)
        {
            var distances = near.Distances.AsSpan(start, near.K);
            var scale = Scale(distances);
            for (var n = 0; n < near.K; n++)
            {
                weights[start + n] = (float)Weight(distances, n, scale);
            }
        }

        return weights;
    }

    private static double Scale(ReadOnlySpan<float> distances)
    {
        var wanted = Math.Log2(distances.Length);
        var (low, high) = (0.0, 1.0);
        while (Sum(distances, high) < wanted && high < 1e6)
        {
            high *= 2;
        }

        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Sum(distances, middle) < wanted ? (middle, high) : (low, middle);
        }

        return Math.Max(high, SmallestScale);
    }

    private static double Sum(ReadOnlySpan<float> distances, double scale)
    {
        var sum = 0.0;
        for (var n = 0; n < distances.Length; n++)
        {
            sum += Weight(distances, n, scale);
        }

        return sum;
    }

    private static double Weight(ReadOnlySpan<float> distances, int n, double scale) => Math.Exp(-(distances[n] - distances[0]) / scale);
}
