using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Losses.Mining;

namespace Dml.Training.Tests.Losses;

public sealed class ContrastiveTests
{
    public static TheoryData<int> Seeds => [1, 2, 3];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Two_margins_equal_the_loops(int seed)
    {
        foreach (var nonZero in (bool[])[true, false])
        {
            var batch = new RandomBatch(seed, unit: true);
            var options = new Contrastive.Options { PositiveMargin = .3, NegativeMargin = 1.2, NonZeroMean = nonZero };
            double[] near = [.. batch.All.SelectMany(i => batch.Positives(i).Select(j => Math.Max(0, batch.Distance(i, j) - .3)))];
            double[] far = [.. batch.All.SelectMany(i => batch.Negatives(i).Select(j => Math.Max(0, 1.2 - batch.Distance(i, j))))];
            double Mean(double[] terms) => terms.Sum() / Math.Max(1, terms.Count(t => t > 0 || !nonZero));
            batch.Check(Mean(near) + Mean(far), rows => Contrastive.Value(rows, batch.Labels, options));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Cosines_equal_the_loops(int seed)
    {
        var batch = new RandomBatch(seed, unit: true);
        var sum = batch.All.Sum(i => batch.Positives(i).Sum(j => 1 - batch.Dot(i, j))
            + batch.Negatives(i).Sum(j => Math.Max(0, batch.Dot(i, j) - .2)));
        batch.Check(sum / batch.Count,
            rows => Contrastive.Value(rows, batch.Labels, new() { Form = Contrastive.Form.Cosine, CosineMargin = .2 }));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_original_equals_the_loops(int seed)
    {
        var batch = new RandomBatch(seed);
        double sum = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            for (var j = i + 1; j < batch.Count; j++)
            {
                var d = batch.Distance(i, j);
                sum += (batch.Labels[i] == batch.Labels[j] ? d * d : Math.Pow(Math.Max(0, 1.5 - d), 2)) / 2;
            }
        }

        batch.Check(sum / 36, rows => Contrastive.Value(
            rows, batch.Labels, new() { Form = Contrastive.Form.Original, NegativeMargin = 1.5 }));
    }

    [Fact]
    public void Of_all_triplets_every_pair_counts_once_for_each_partner()
    {
        var batch = new RandomBatch(4, unit: true);
        double sum = 0;
        var triplets = 0;
        foreach (var (i, p, n) in batch.All.SelectMany(i => batch.Positives(i).SelectMany(p => batch.Negatives(i).Select(n => (i, p, n)))))
        {
            sum += batch.Distance(i, p) + Math.Max(0, 1 - batch.Distance(i, n));
            triplets++;
        }

        batch.Check(sum / triplets, rows => Contrastive.Value(rows, batch.Labels, new(), new AllTriplets()));
    }

    [Fact]
    public void A_miner_is_for_two_margins_only()
        => Assert.Throws<RecipeException>(() => new Contrastive(new(2, 2), new() { Form = Contrastive.Form.Cosine, Miner = new("hard") }));
}
