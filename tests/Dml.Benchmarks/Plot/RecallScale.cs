namespace Dml.Benchmarks.Plot;

/// <summary>
/// A scale of recall by the logarithm of the missed share, -log10(1 - recall): 0.9, 0.99 and 0.999 are equally far apart, because each
/// step costs about the same.
/// </summary>
internal static class RecallScale
{
    // No miss among 10,000 hits (1,000 queries with ten hits each) is drawn as half a miss, because log 0 is infinite.
    private const double Highest = 0.99995;

    /// <summary>Recalls to label, the most informative first.</summary>
    public static IReadOnlyList<double> Labels { get; } =
        [0.9, 0.99, 0.999, 1, 0.95, 0.5, 0, 0.9999, 0.98, 0.995, 0.8, 0.7, 0.2, 0.998, 0.9995, 0.6, 0.4, 0.3, 0.1];

    public static double Of(double recall) => -Math.Log10(1 - Math.Clamp(recall, 0, Highest));
}
