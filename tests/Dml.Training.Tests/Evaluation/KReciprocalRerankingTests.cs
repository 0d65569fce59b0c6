using Dml.Training.Catalogues;
using Dml.Training.Commands;
using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Evaluation;

public sealed class KReciprocalRerankingTests
{
    [Theory]
    [InlineData(1, new[] { .052596, .220963, 1 })]
    [InlineData(2, new[] { .012, .144552, .766667 })]
    public void Four_points_on_a_line(int k2, double[] expected)
    {
        double[] points = [0, 1, 2.2, 5];
        float[] squares = [.. points.SelectMany(a => points.Select(b => (float)((a - b) * (a - b))))];
        var row = new float[4];
        new KReciprocalReranking(squares, 4, new() { K1 = 2, K2 = k2, Lambda = .3 }).Distances(0, row);
        Assert.All(expected.Zip(row.Skip(1)), pair => Assert.Equal(pair.First, pair.Second, 2e-6));
    }

    [Theory]
    [InlineData(1, 6, 1)]
    [InlineData(2, 7, 3)]
    [InlineData(3, 50, 20)]
    public void Equals_the_loops(int seed, int k1, int k2)
    {
        const int Count = 30;
        var random = new Random(seed);
        double[][] points =
        [
            .. Enumerable.Range(0, Count).Select(_ => (double[])[random.NextDouble(), random.NextDouble(), random.NextDouble()]),
        ];
        double[][] squares = [.. points.Select(a => points.Select(b => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum()).ToArray())];
        var row = new float[Count];
        var reranking = new KReciprocalReranking(
            [.. squares.SelectMany(r => r.Select(v => (float)v))],
            Count,
            new()
            {
                K1 = k1,
                K2 = k2,
                Lambda = .4,
            }
        );
        var expected = Loops(squares, k1, k2, .4);
        for (var i = 0; i < Count; i++)
        {
            reranking.Distances(i, row);
            Assert.All(expected[i].Zip(row), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(.1)]
    public void A_ranking_by_neighbourhoods_measures_what_ranking_by_hand_does(double stretch)
    {
        var random = new Random(4);
        double[] angles = [.. Enumerable.Range(0, 40).Select(i => (i % 4 * .8) + (random.NextDouble() * 1.2))];
        double[] lengths = [.. Enumerable.Range(0, 40).Select(i => 1 + (stretch * (i % 3)))];
        float[] vectors = [.. RetrievalTests.OnCircle([.. angles.Select(a => a * 10)]).Select((v, i) => (float)(v * lengths[i / 2]))];
        int[] classes = [.. Enumerable.Range(0, 40).Select(i => i % 4)];
        var options = new RerankingOptions
        {
            K1 = 8,
            K2 = 3,
            Lambda = .3,
        };
        var figures = HeldOutEvaluation.Measure(
            vectors, Protocols.SelfRetrieval(classes), ["R@1"], reranking: options, cancel: TestContext.Current.CancellationToken);

        double[][] squares =
        [
            .. Enumerable
                .Range(0, 40)
                .Select(i =>
                    Enumerable
                        .Range(0, 40)
                        .Select(j =>
                            (lengths[i] * lengths[i])
                            + (lengths[j] * lengths[j])
                            - (2 * lengths[i] * lengths[j] * Math.Cos(angles[i] - angles[j])))
                        .ToArray()),
        ];
        var distances = Loops(squares, 8, 3, .3);
        var hits = Enumerable
            .Range(0, 40)
            .Count(q => classes[Enumerable.Range(0, 40).Where(i => i != q).MinBy(i => distances[q][i])] == classes[q]);
        Assert.Equal(hits / 40.0, figures["R@1"], 1e-9);
    }

    [Theory]
    [InlineData("50,20")]
    [InlineData("0,1,0.5")]
    [InlineData("5,1,1.5")]
    [InlineData("5,1,NaN")]
    public void A_choice_that_is_none_is_an_error(string text) => Assert.Throws<RecipeException>(() => RerankingChoice.Parse(text));

    [Fact]
    public void A_choice_is_three_numbers() => Assert.Equal(new() { K1 = 6, K2 = 2, Lambda = .4 }, RerankingChoice.Parse("6,2,0.4"));

    private static double[][] Loops(double[][] squares, int k1, int k2, double lambda)
    {
        var count = squares.Length;
        double[][] d = [.. squares.Select(row => row.Select(v => v / row.Max()).ToArray())];
        int[][] rank =
        [
            .. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, count).OrderBy(j => j == i ? -1 : d[i][j]).ToArray()),
        ];
        HashSet<int> Near(int i, int k) => [.. rank[i].Take(k + 1).Where(j => rank[j].Take(k + 1).Contains(i))];
        double[][] v = [.. Enumerable.Range(0, count).Select(i =>
        {
            var near = Near(i, k1);
            HashSet<int> all = [.. near];
            foreach (var its in near.Select(j => Near(j, (int)Math.Round(k1 / 2.0))))
            {
                if (its.Count(near.Contains) > 2.0 / 3 * its.Count)
                {
                    all.UnionWith(its);
                }
            }

                    double[] weights = [.. Enumerable.Range(0, count).Select(j => all.Contains(j) ? Math.Exp(-d[i][j]) : 0)];
                    return weights.Select(w => w / weights.Sum()).ToArray();
                }),
        ];
        double[][] mean =
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => Enumerable.Range(0, count).Select(g => rank[i].Take(k2).Average(j => v[j][g])).ToArray()),
        ];
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    Enumerable
                        .Range(0, count)
                        .Select(j =>
                        {
                            var shared = mean[i].Zip(mean[j], Math.Min).Sum();
                            return ((1 - lambda) * (1 - (shared / (2 - shared)))) + (lambda * d[i][j]);
                        })
                        .ToArray()),
        ];
    }
}
