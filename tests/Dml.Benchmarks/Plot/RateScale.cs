namespace Dml.Benchmarks.Plot;

/// <summary>A logarithmic scale of queries per second.</summary>
internal static class RateScale
{
    private static readonly double[] Powers = [.. Enumerable.Range(-3, 13).Select(power => Math.Pow(10, power))];

    /// <summary>Rates to label, round numbers first.</summary>
    public static IReadOnlyList<double> Labels { get; } =
        [.. Powers, .. Powers.Select(power => 2 * power), .. Powers.Select(power => 5 * power)];

    public static double Of(double rate) => Math.Log10(rate);
}
