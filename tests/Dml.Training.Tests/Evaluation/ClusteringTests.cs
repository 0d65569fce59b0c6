using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Evaluation;

public class ClusteringTests
{
    private static readonly int[] Labels = [0, 0, 0, 1, 1, 1];
    private static readonly int[] Clusters = [0, 0, 1, 1, 1, 2];

    [Fact]
    public void Gives_the_figures_of_the_worked_example()
    {
        Assert.Equal(0.439870, Clustering.Nmi(Labels, Clusters), 6);
        Assert.Equal(0.4, Clustering.PairF1(Labels, Clusters), 12);
    }

    [Fact]
    public void Knows_the_borders()
    {
        Assert.Equal(1, Clustering.Nmi([3, 3, 3], [1, 1, 1]));
        Assert.Equal(1, Clustering.Nmi(Labels, [7, 7, 7, 2, 2, 2]), 12);
        Assert.Equal(0, Clustering.Nmi(Labels, [0, 0, 0, 0, 0, 0]), 12);
        Assert.Equal(0, Clustering.PairF1([0, 0, 1, 1], [0, 1, 0, 1]));
        Assert.Equal(1, Clustering.PairF1(Labels, Labels));
        Assert.Throws<ArgumentException>(() => Clustering.Nmi(Labels, [1]));
        Assert.Throws<ArgumentException>(() => Clustering.PairF1([], []));
    }

    [Fact]
    public void F1_counts_pairs_as_a_loop_over_pairs_does()
    {
        var random = new Random(5);
        var labels = Enumerable.Range(0, 60).Select(_ => random.Next(7)).ToArray();
        var clusters = Enumerable.Range(0, 60).Select(_ => random.Next(5)).ToArray();
        int both = 0, onlyCluster = 0, onlyLabel = 0;
        for (var i = 0; i < 60; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var (sameLabel, sameCluster) = (labels[i] == labels[j], clusters[i] == clusters[j]);
                both += sameLabel && sameCluster ? 1 : 0;
                onlyCluster += !sameLabel && sameCluster ? 1 : 0;
                onlyLabel += sameLabel && !sameCluster ? 1 : 0;
            }
        }

        var (precision, recall) = ((double)both / (both + onlyCluster), (double)both / (both + onlyLabel));

        Assert.Equal(2 * precision * recall / (precision + recall), Clustering.PairF1(labels, clusters), 12);
    }
}
