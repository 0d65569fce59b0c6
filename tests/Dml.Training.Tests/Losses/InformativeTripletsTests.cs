using Dml.Training.Losses;
using Dml.Training.Losses.Mining;
using Dml.Training.Tests.Losses.Examples;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class InformativeTripletsTests
{
    [Fact]
    public void The_worked_selection()
    {
        using var scope = NewDisposeScope();
        var rows = tensor(InformativeTripletsExamples.SixRows, [6, 2]);
        var batch = MinedBatch.Of(Distances.Squared(rows), [0, 1, 2, 3, 4, 5], 2, squared: true);
        double[] Alike(int anchor)
            => [.. InformativeTripletsExamples.SixLabelSets.Select(
                other => LabelSets.Similarity(InformativeTripletsExamples.SixLabelSets[anchor], other))];
        Assert.All(Alike(0).Zip([1, .5, 1 / 3.0, 0, 2 / 3.0, 0]), pair => Assert.Equal(pair.Second, pair.First, 1e-12));
        Assert.Equal([0, 5], InformativeTriplets.Anchors(batch, 2, 0));
        Assert.Equal([4, 2], InformativeTriplets.Picked(batch, 0, Alike(0), new(), positive: true));
        Assert.Equal([3, 5], InformativeTriplets.Picked(batch, 0, Alike(0), new(), positive: false));
        Assert.Equal([4], InformativeTriplets.Picked(batch, 5, Alike(5), new(), positive: true));
        Assert.Equal([3, 0], InformativeTriplets.Picked(batch, 5, Alike(5), new(), positive: false));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void With_hardness_alone_and_all_anchors_it_is_batch_hard(int seed, bool byRelevance)
    {
        var batch = new RandomBatch(seed, 10, unit: true);
        int[][] labels = [.. batch.Labels.Select(label => (int[])[(int)label])];
        var options = new InformativeTriplets.Options
        {
            Anchors = 99,
            Positives = 1,
            Negatives = 1,
            RelevanceWeight = 0,
            DiversityWeight = 0,
            HardnessWeight = 1,
            MarginByRelevance = byRelevance,
        };
        double[] terms = [.. batch.All.Where(i => batch.Positives(i).Length > 0)
            .Select(i => (Far: batch.Positives(i).Max(p => batch.SquaredDistance(i, p)),
                Near: batch.Negatives(i).Min(n => batch.SquaredDistance(i, n))))
            .Select(pair => Math.Max(0, pair.Far - pair.Near + .2))];
        batch.Check(terms.Average(), rows => InformativeTriplets.Value(rows, labels, options, 3));
    }

    [Fact]
    public void A_row_without_labels_is_nobodys_positive()
    {
        Assert.Equal(0, LabelSets.Similarity([], []));
        Assert.Equal(0, LabelSets.Similarity([], [1]));
        Assert.Equal(.25, LabelSets.Similarity([1, 5], [2, 5, 9]));
    }
}
