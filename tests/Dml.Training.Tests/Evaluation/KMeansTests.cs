using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Evaluation;

public class KMeansTests
{
    private static (float[] Vectors, int[] Labels) Heaps(int heaps, int each, int seed)
    {
        var random = new Random(seed);
        var labels = Enumerable.Range(0, heaps * each).Select(i => i % heaps).ToArray();
        var vectors = labels.SelectMany(l => new[] { 10f * l + random.NextSingle(), -7f * l + random.NextSingle(), random.NextSingle() }).ToArray();
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
}
