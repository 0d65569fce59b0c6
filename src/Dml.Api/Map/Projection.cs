namespace Dml.Api.Map;

/// <summary>
/// Projects unit vectors to the plane: principal axes first, then a layout of the nearest-neighbour graph as in UMAP
/// (McInnes, Healy and Melville 2018, arXiv:1802.03426). The same vectors give the same map.
/// </summary>
internal static class Projection
{
    private const int Neighbors = 15;
    private const int FewestNeighbors = 2;

    // Share of the total time; the layout takes the rest.
    private const double NeighborsShare = 0.25;

    /// <param name="vectors">Unit vectors, [items, dimension].</param>
    /// <param name="dimension">Components of a vector.</param>
    /// <param name="report">Receives the completed share of the work, 0 to 1.</param>
    /// <param name="cancel">Stops within a fraction of a second.</param>
    /// <returns>Places, [items, 2], each coordinate 0 to 1.</returns>
    public static float[] Of(float[] vectors, int dimension, Action<double> report, CancellationToken cancel)
    {
        var places = PrincipalAxes.Project(vectors, dimension, cancel);
        var k = Math.Min(Neighbors, (vectors.Length / dimension) - 1);
        if (k >= FewestNeighbors)
        {
            var near = NearestNeighbors.Find(vectors, dimension, k, done => report(done * NeighborsShare), cancel);
            var edges = NeighborGraph.Weigh(near);
            GraphLayout.Arrange(places, edges, done => report(NeighborsShare + (done * (1 - NeighborsShare))), cancel);
        }

        Spread(places, 0);
        Spread(places, 1);
        return places;
    }

    // A coordinate is the mean of its position between minimum and maximum and of its rank: a distant island then does not
    // squeeze all others together, and the order on each axis is preserved.
    private static void Spread(float[] places, int axis)
    {
        var count = places.Length / 2;
        var values = new float[count];
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            (values[i], order[i]) = (places[(2 * i) + axis], i);
        }

        Array.Sort(values, order);
        var range = count > 0 ? values[^1] - values[0] : 0;
        for (var rank = 0; rank < count; rank++)
        {
            places[(2 * order[rank]) + axis] = range > 0
                ? (((values[rank] - values[0]) / range) + (rank / (float)(count - 1))) / 2
                : 0.5f;
        }
    }
}
