namespace Dml.Api.Map;

/// <summary>
/// From unit vectors to places in the plane: principal axes to begin with, then a layout of the nearest-neighbour graph
/// as in UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426). The same vectors give the same map.
/// </summary>
internal static class Projection
{
    private const int Neighbors = 15;
    private const int FewestNeighbors = 2;

    // Of the whole time; the layout takes the rest.
    private const double NeighborsShare = 0.25;

    /// <param name="vectors">Unit vectors, [items, dimension].</param>
    /// <param name="dimension">Components of a vector.</param>
    /// <param name="report">Hears the share of the work that is done, 0 to 1.</param>
    /// <param name="cancel">Ends it within a small part of a second.</param>
    /// <returns>Places, [items, 2], each coordinate 0 to 1; the longer side of the map is 1.</returns>
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
        FitIntoUnitSquare(places);
        return places;
    }

    private static void FitIntoUnitSquare(float[] places)
    {
        float left = float.MaxValue, top = float.MaxValue, right = float.MinValue, bottom = float.MinValue;
        for (var i = 0; i < places.Length; i += 2)
        {
            (left, right) = (Math.Min(left, places[i]), Math.Max(right, places[i]));
            (top, bottom) = (Math.Min(top, places[i + 1]), Math.Max(bottom, places[i + 1]));
        }
        var side = Math.Max(right - left, bottom - top);
        for (var i = 0; i < places.Length; i += 2)
        {
            places[i] = Fit(places[i], (left + right) / 2, side);
            places[i + 1] = Fit(places[i + 1], (top + bottom) / 2, side);
        }
    }

    private static float Fit(float coordinate, float centre, float side) =>
        side > 0 ? Math.Clamp(0.5f + ((coordinate - centre) / side), 0, 1) : 0.5f;
}
