using Dml.Training.Losses;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

public sealed class MultiSimilarityTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void Equals_the_loops(int seed, bool mining)
    {
        var batch = new RandomBatch(seed, 12, unit: true);
        double sum = 0;
        foreach (var i in batch.All)
        {
            double[] positives = [.. batch.Positives(i).Select(j => batch.Dot(i, j))];
            double[] negatives = [.. batch.Negatives(i).Select(j => batch.Dot(i, j))];
            var nears = mining ? [.. positives.Where(s => negatives.Length > 0 && s - .1 < negatives.Max())] : positives;
            var fars = mining ? [.. negatives.Where(s => positives.Length > 0 && s + .1 > positives.Min())] : negatives;
            if (!mining || (nears.Length > 0 && fars.Length > 0))
            {
                sum += Math.Log(1 + nears.Sum(s => Math.Exp(-2 * (s - .5)))) / 2;
                sum += Math.Log(1 + fars.Sum(s => Math.Exp(40 * (s - .5)))) / 40;
            }
        }

        batch.Check(sum / batch.Count, rows => MultiSimilarity.Value(rows, batch.Labels, new() { Mining = mining }));
    }

    [Fact]
    public void The_same_picture_twice_is_no_positive_pair()
    {
        using var scope = NewDisposeScope();
        var rows = tensor([1.0, 0, 1, 0, .8, .6], [3, 2]);
        Assert.Equal(0, MultiSimilarity.Value(rows, [0, 0, 1], new()).item<double>());
        Assert.True(MultiSimilarity.Value(rows, [0, 0, 1], new() { SkipDuplicates = false, Epsilon = .3 }).item<double>() > 0);
    }
}
