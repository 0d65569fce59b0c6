using Dml.Training.Evaluation;
using Dml.Training.Numerics;

namespace Dml.Training.Tests.Numerics;

public class KMeansTests
{
    private static (float[] Vectors, int[] Labels) Heaps(int heaps, int each, int seed)
    {
        var random = new Random(seed);
        var labels = Enumerable.Range(0, heaps * each).Select(i => i % heaps).ToArray();
        var vectors = labels
            .SelectMany(l => new[] { 10f * l + random.NextSingle(), -7f * l + random.NextSingle(), random.NextSingle() })
            .ToArray();
        return (vectors, labels);
    }

    [Fact]
    public void Finds_heaps_that_lie_apart()
    {
        var (vectors, labels) = Heaps(8, 12, seed: 3);

        var clusters = KMeans.Cluster(vectors, 3, 8, seed: 1, cancel: TestContext.Current.CancellationToken);

        Assert.Equal(1, Clustering.Nmi(labels, clusters), 12);
    }

    [Fact]
    public void Gives_the_same_clusters_for_the_same_seed()
    {
        var (vectors, _) = Heaps(5, 30, seed: 4);

        var cancel = TestContext.Current.CancellationToken;
        Assert.Equal(KMeans.Cluster(vectors, 3, 11, seed: 9, cancel: cancel), KMeans.Cluster(vectors, 3, 11, seed: 9, cancel: cancel));
    }

    [Fact]
    public void Uses_every_cluster_even_where_rows_repeat()
    {
        float[] vectors = [0, 0, 0, 0, 0, 0, 5, 5, 5, 5, 9, 9];

        var clusters = KMeans.Cluster(vectors, 2, 3, seed: 2, cancel: TestContext.Current.CancellationToken);

        Assert.Equal(3, clusters.Distinct().Count());
        Assert.Equal(clusters[0], clusters[2]);
        Assert.Equal(clusters[3], clusters[4]);
    }

    [Fact]
    public void Takes_as_many_clusters_as_rows_and_no_more()
    {
        var cancel = TestContext.Current.CancellationToken;
        Assert.Equal(4, KMeans.Cluster([1, 2, 3, 4], 1, 4, seed: 1, cancel: cancel).Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => KMeans.Cluster([1, 2], 1, 3, seed: 1, cancel: cancel));
    }

    [Theory]
    [InlineData(100, 5, 7)]
    [InlineData(33, 19, 4)]
    public void Ends_where_every_row_is_nearest_to_the_mean_of_its_own_cluster(int rows, int dimension, int k)
    {
        const int Seed = 8;
        var random = new Random(Seed);
        var vectors = Enumerable.Range(0, rows * dimension).Select(_ => random.NextSingle()).ToArray();

        var clusters = KMeans.Cluster(
            vectors, dimension, k, seed: 3, starts: 1, iterations: 1000, cancel: TestContext.Current.CancellationToken);

        double[] Row(int row) => [.. Enumerable.Range(0, dimension).Select(d => (double)vectors[row * dimension + d])];
        double[][] means =
        [
            .. Enumerable
                .Range(0, k)
                .Select(c =>
                    Enumerable.Range(0, rows).Where(row => clusters[row] == c).ToArray() switch
                    {
                        var own => (double[])[.. Enumerable.Range(0, dimension).Select(d => own.Average(row => Row(row)[d]))],
                    }
                ),
        ];
        for (var row = 0; row < rows; row++)
        {
            double Distance(int c) => Row(row).Zip(means[c], (a, b) => (a - b) * (a - b)).Sum();
            Assert.InRange(Distance(clusters[row]), 0, Enumerable.Range(0, k).Min(Distance) + 1e-5);
        }
    }
}
