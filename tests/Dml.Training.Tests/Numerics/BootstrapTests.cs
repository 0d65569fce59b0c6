using Dml.Training.Numerics;

namespace Dml.Training.Tests.Numerics;

public class BootstrapTests
{
    private const int Seed = 5;

    private static double[] Even(int count) => [.. Enumerable.Repeat(1.0 / count, count)];

    [Fact]
    public void The_interval_of_a_share_is_that_of_the_normal_distribution()
    {
        const int Queries = 2000;
        const double Share = 0.3;
        double[][] values = [.. Enumerable.Range(0, Queries).Select(i => new[] { i < Share * Queries ? 1.0 : 0 })];

        var interval = Bootstrap.Intervals(values, Even(Queries), 4000, Seed, TestContext.Current.CancellationToken)[0];

        var half = 1.959964 * Math.Sqrt(Share * (1 - Share) / Queries);
        Assert.Equal(Share - half, interval.Low, 0.05 * half);
        Assert.Equal(Share + half, interval.High, 0.05 * half);
    }

    [Fact]
    public void A_few_queries_give_what_listing_every_resample_gives()
    {
        // Three queries: 27 equally likely resamples. 1/27 = 3.7 % of them are all 0, as many all 1, so 2.5 % cuts nothing off.
        double[][] values = [[0, 7], [0.5, 7], [1, 7]];

        var intervals = Bootstrap.Intervals(values, Even(3), 3000, Seed, TestContext.Current.CancellationToken);

        Assert.Equal(new Interval(0, 1), intervals[0]);
        Assert.Equal(7, intervals[1].Low, 12);
        Assert.Equal(7, intervals[1].High, 12);
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_another_one_another()
    {
        var random = new Random(Seed);
        double[][] values = [.. Enumerable.Range(0, 50).Select(_ => new[] { random.NextDouble() })];
        Interval Of(int seed) => Bootstrap.Intervals(values, Even(50), 200, seed)[0];

        Assert.Equal(Of(1), Of(1));
        Assert.NotEqual(Of(1), Of(2));
    }

    [Fact]
    public void Weights_count()
    {
        // The heavy query decides: wherever it is drawn even once, the mean is near 1.
        double[][] values = [[1], [0], [0], [0]];

        var interval = Bootstrap.Intervals(values, [0.97, 0.01, 0.01, 0.01], 2000, Seed, TestContext.Current.CancellationToken)[0];

        // Never drawn in (3/4)^4 = 32 % of the resamples.
        Assert.Equal(0, interval.Low);
        Assert.Equal(1, interval.High, 2);
    }
}
