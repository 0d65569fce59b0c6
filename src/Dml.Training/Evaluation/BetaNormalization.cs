namespace Dml.Training.Evaluation;

/// <summary>
/// An inference strategy of Group Loss++ (I. Elezi et al., TPAMI 2022, arXiv 2204.01509; constants from public code of a co-author): z
/// becomes z / ||z|| + beta z, so that length counts a little under Euclidean distance. Directions, and with them cosines, stay as they
/// are: it changes nothing for an index of unit vectors.
/// </summary>
internal static class BetaNormalization
{
    /// <summary>Changes rows in place.</summary>
    /// <param name="rows">[n, dimension], as the network gives them before they are scaled to length 1.</param>
    /// <param name="dimension">Length of a row.</param>
    /// <param name="beta">Published: CUB and Cars 0.004, SOP 0.0005, In-Shop 0.002.</param>
    public static void Apply(Span<float> rows, int dimension, double beta)
    {
        for (var first = 0; first < rows.Length; first += dimension)
        {
            var row = rows.Slice(first, dimension);
            var squares = 0.0;
            foreach (var value in row)
            {
                squares += (double)value * value;
            }

            var factor = (float)((squares > 0 ? 1 / Math.Sqrt(squares) : 0) + beta);
            foreach (ref var value in row)
            {
                value *= factor;
            }
        }
    }
}
