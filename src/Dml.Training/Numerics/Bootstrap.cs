namespace Dml.Training.Numerics;

/// <summary>
/// Confidence intervals of weighted means by the percentile bootstrap (B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993,
/// chapter 13): the queries are drawn again with replacement, and the middle of the resulting means is the interval.
/// </summary>
public static class Bootstrap
{
    /// <summary>The share of resampled means inside an interval.</summary>
    public const double Confidence = 0.95;

    /// <summary>An interval per column.</summary>
    /// <param name="values">[queries][columns].</param>
    /// <param name="weights">What each query counts for.</param>
    /// <param name="resamples">How often the queries are drawn again; at least 1, usually 1,000.</param>
    /// <param name="seed">Same seed, same intervals, whatever the number of cores.</param>
    /// <param name="cancel">Stops between resamples.</param>
    public static Interval[] Intervals(
        IReadOnlyList<double[]> values, IReadOnlyList<double> weights, int resamples, int seed, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        var columns = values[0].Length;
        var means = new double[resamples][];
        Parallel.For(
            0, resamples, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount },
            r => means[r] = Resample(values, weights, columns, new Random(Seeds.Mix(seed, r))));
        return [.. Enumerable.Range(0, columns).Select(column => Middle(means.Select(m => m[column])))];
    }

    /// <summary>The interval that holds the middle <see cref="Confidence"/> of resampled values.</summary>
    internal static Interval Middle(IEnumerable<double> resampled)
    {
        double[] sorted = [.. resampled.Order()];
        return new Interval(Percentile(sorted, (1 - Confidence) / 2), Percentile(sorted, (1 + Confidence) / 2));
    }

    private static double[] Resample(IReadOnlyList<double[]> values, IReadOnlyList<double> weights, int columns, Random random)
    {
        var means = new double[columns];
        var total = 0.0;
        for (var draw = 0; draw < values.Count; draw++)
        {
            var query = random.Next(values.Count);
            var (row, weight) = (values[query], weights[query]);
            total += weight;
            for (var column = 0; column < columns; column++)
            {
                means[column] += weight * row[column];
            }
        }

        for (var column = 0; column < columns; column++)
        {
            means[column] /= total;
        }

        return means;
    }

    // Between two values, by the straight line between them.
    private static double Percentile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
