using Dml.Training.Losses;
using Dml.Training.Losses.Synthesis;
using Dml.Training.Tests.Trainer;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Synthesis;

/// <summary>Not run in parallel with other tests, because libtorch has one random generator per process.</summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class IntraClassAugmentationTests
{
    private static readonly double[] Noise = [1, -.5, -1, .5, .5, 1, 0, -1];

    [Fact]
    public void Worked_example_of_the_statistics()
    {
        using var scope = NewDisposeScope();
        var (means, variances, counts) = ClassStatistics.Of(new ReferenceBatch().Embeddings, [0, 0, 1, 1], 3);
        ReferenceBatch.Close([.8, .35, -.1, 1, 0, 0], means, 1e-12);
        ReferenceBatch.Close([.04, .0225, .04, .01, 0, 0], variances, 1e-12);
        ReferenceBatch.Close([2, 2, 0], counts, 0);
    }

    [Theory]
    [InlineData(2, .91298339)]
    [InlineData(5, .74823851)]
    [InlineData(10, .60906760)]
    [InlineData(40, .38621443)]
    [InlineData(41, 0)]
    [InlineData(1, 1)]
    public void Worked_example_of_the_share_that_is_borrowed(int count, double expected)
        => Assert.Equal(expected, NeighbourCorrection.Share(count, .1, 40), 1e-8);

    [Fact]
    public void Worked_example_of_the_correction()
    {
        using var scope = NewDisposeScope();
        var statistics = new ClassStatistics(
            tensor([.8, .35, -.1, 1, .7, .4], [3, 2]), tensor([.04, .0225, .04, .01, .09, .03], [3, 2]), tensor([2.0, 2, 6]));
        var corrected = NeighbourCorrection.Corrected(statistics, 2, .1, .1, 40);
        ReferenceBatch.Close([.07730850, .02623935], corrected.narrow(0, 0, 1));
    }

    [Theory]
    [InlineData(IntraClassAugmentation.Pairs.Contrastive, .2778768666,
        new[] { .03222739, -.16113697, -1.00493365, .94456286, .20486930, .06828977, .60807547, -.05666230 })]
    [InlineData(IntraClassAugmentation.Pairs.MultiSimilarity, .1335298140,
        new[] { 0, 0, -.14806060, .10994966, -.03037765, -.01012588, .14484075, -.01316734 })]
    public void Worked_example_of_the_losses(IntraClassAugmentation.Pairs pairs, double expected, double[] gradient)
    {
        using var scope = NewDisposeScope();
        var batch = new ReferenceBatch();
        var loss = IntraClassAugmentation.Value(batch.Embeddings, batch.Labels, [Deviations() * tensor(Noise, [4, 2])], pairs);
        ReferenceBatch.Close([expected], loss, 1e-9);
        loss.backward();
        ReferenceBatch.Close(gradient, batch.Embeddings.grad);
    }

    [Fact]
    public void Worked_example_of_the_synthetic_rows()
    {
        using var scope = NewDisposeScope();
        var rows = new ReferenceBatch().Embeddings.detach() + (Deviations() * tensor(Noise, [4, 2]));
        ReferenceBatch.Close([1.17888544, .13291796, .42111456, .56708204, -.21055728, .98944272, .1, 1.01055728], rows);
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 2)]
    [InlineData(3, 40)]
    public void The_correction_equals_the_equations_written_as_loops(int seed, int neighbours)
    {
        const int classes = 30, dimension = 4;
        var random = new Random(seed);
        int[] counts = [.. Enumerable.Range(0, classes).Select(_ => random.Next(1, 60))];
        double[] Draw() => [.. Enumerable.Range(0, classes * dimension).Select(_ => random.NextDouble())];
        var (means, variances) = (Draw(), Draw());
        using var scope = NewDisposeScope();
        var statistics = new ClassStatistics(
            tensor(means, [classes, dimension]), tensor(variances, [classes, dimension]), tensor(counts.Select(c => (double)c).ToArray()));
        ReferenceBatch.Close(Loops(means, variances, counts, dimension, neighbours),
            NeighbourCorrection.Corrected(statistics, neighbours, .1, .1, 40), 1e-9);
    }

    [Theory]
    [InlineData(IntraClassAugmentation.Pairs.Contrastive)]
    [InlineData(IntraClassAugmentation.Pairs.MultiSimilarity)]
    public void The_loss_equals_the_description_written_as_loops_and_its_gradients_the_differences(IntraClassAugmentation.Pairs pairs)
    {
        const int count = 7, dimension = 3, copies = 2;
        var random = new Random(4);
        double[] Draw(int length) => [.. Enumerable.Range(0, length).Select(_ => (random.NextDouble() * 2) - 1)];
        var (rows, deviations) = (Draw(count * dimension), Draw(count * dimension));
        double[][] noise = [Draw(count * dimension), Draw(count * dimension)];
        long[] labels = [0, 1, 0, 2, 1, 2, 2];
        using var scope = NewDisposeScope();
        Tensor Of(Tensor x) => IntraClassAugmentation.Value(
            x, labels, [.. noise.Select(n => tensor(deviations, [count, dimension]) * tensor(n, [count, dimension]))], pairs);
        double[][] all = [.. Enumerable.Range(0, count * (1 + copies)).Select(r => Enumerable.Range(0, dimension).Select(d =>
        {
            var i = (r % count * dimension) + d;
            return rows[i] + (r < count ? 0 : deviations[i] * noise[(r / count) - 1][i]);
        }).ToArray())];
        Assert.Equal(Loops(all, labels, pairs), Of(tensor(rows, [count, dimension])).item<double>(), 1e-10);
        Gradients.CheckByDifferences(Of, rows, count, dimension);
    }

    [Fact]
    public void The_spread_is_estimated_when_due_and_lies_in_the_checkpoint()
    {
        using var scope = NewDisposeScope();
        var shape = new LossShape(3, 2) { PictureLabels = [0, 0, 1, 1, 2] };
        var loss = new IntraClassAugmentation(shape, new() { FirstEpoch = 1, EstimateEvery = 2, FewPictures = 1, LambdaFalls = true });
        var embeddings = tensor([1f, .2f, .6f, .5f, -.3f, .9f, .1f, 1.1f, 5, 5], [5, 2]);
        float[] After(int epoch, float factor)
        {
            loss.BeginEpoch(new EpochStart(epoch, 10, () => embeddings * factor));
            return loss.state_dict()["variances"].ToFloats();
        }

        Assert.All(After(0, 1), v => Assert.Equal(0, v));
        var first = After(1, 1);
        Assert.Equal(.04f, first[0], 1e-6f);
        Assert.True(first[4] > 0, "a class of one picture borrows from its neighbours");
        Assert.Equal(first, After(2, 2));
        Assert.Equal(.16f, After(3, 2)[0], 1e-6f);
        After(9, 1);
        Assert.Equal(.48f, loss.state_dict()["scale"].ToFloats()[0], 1e-6f);
        var again = new IntraClassAugmentation(shape, new());
        again.load_state_dict(loss.state_dict());
        manual_seed(1);
        var value = loss.Compute(embeddings, [0, 0, 1, 1, 2]).item<float>();
        manual_seed(1);
        Assert.Equal(value, again.Compute(embeddings, [0, 0, 1, 1, 2]).item<float>());
    }

    // The published code takes the root of the root again for every copy: sqrt(lambda) times Sigma^(1/2), Sigma^(1/4), Sigma^(1/8).
    [Theory]
    [InlineData(IntraClassAugmentation.Spread.Paper, 2, 2, 2)]
    [InlineData(IntraClassAugmentation.Spread.Released, 2, 4, 8)]
    public void The_noise_is_the_papers_or_that_of_the_released_code(IntraClassAugmentation.Spread noise, double a, double b, double c)
    {
        using var scope = NewDisposeScope();
        double[] variances = [.04, .0225, 0, 2.5];
        var got = IntraClassAugmentation.Deviations(tensor(variances, [2, 2]), tensor(.8), 3, noise);
        Assert.Equal(3, got.Count);
        foreach (var (deviations, root) in got.Zip([a, b, c]))
        {
            ReferenceBatch.Close([.. variances.Select(v => Math.Sqrt(.8) * Math.Pow(v, 1 / root))], deviations.to(float64), 1e-9);
        }
    }

    [Theory]
    [InlineData(null, 10, 3)]
    [InlineData(null, 2, 0)]
    [InlineData(5, 10, 5)]
    public void The_first_estimate_comes_after_three_tenths_of_the_epochs_unless_asked_otherwise(int? given, int epochs, int first)
    {
        using var scope = NewDisposeScope();
        var shape = new LossShape(1, 2) { PictureLabels = [0, 0] };
        var loss = new IntraClassAugmentation(shape, new() { FirstEpoch = given });
        for (var epoch = 0; epoch <= first; epoch++)
        {
            loss.BeginEpoch(new EpochStart(epoch, epochs, () => tensor([1f, 0, 0, 1], [2, 2])));
            Assert.Equal(epoch == first, loss.state_dict()["variances"].sum().item<float>() > 0);
        }
    }

    [Fact]
    public void Where_no_class_has_two_pictures_nothing_is_borrowed()
    {
        using var scope = NewDisposeScope();
        var statistics = ClassStatistics.Of(tensor([1.0, 2, 3, 4], [2, 2]), [0, 1], 2);
        Assert.All(NeighbourCorrection.Corrected(statistics, 25, .1, .1, 40).data<double>().ToArray(), v => Assert.Equal(0, v));
    }

    private static Tensor Deviations() => (tensor([.04, .0225, .04, .0225, .04, .01, .04, .01], [4, 2]) * .8).sqrt();

    private static double[] Loops(double[] means, double[] variances, int[] counts, int dimension, int neighbours)
    {
        double M(int c, int d) => means[(c * dimension) + d];
        double V(int c, int d) => variances[(c * dimension) + d];
        double Apart(int a, int b) => Enumerable.Range(0, dimension).Sum(d => Math.Pow((M(a, d) * M(a, d)) - (M(b, d) * M(b, d)), 2));
        double Spread(int a, int b) => Enumerable.Range(0, dimension).Sum(d => Math.Pow(V(a, d) - V(b, d), 2));
        int[] valid = [.. Enumerable.Range(0, counts.Length).Where(c => counts[c] > 1)];
        double total = valid.Sum(c => counts[c]);
        var result = new List<double>();
        for (var k = 0; k < counts.Length; k++)
        {
            int[] near = [.. valid.Where(c => c != k).OrderBy(c => Apart(c, k)).Take(neighbours)];
            double[] weights = [.. near.Select(c => counts[c] * Math.Exp((-Apart(c, k) / 2) - (Spread(c, k) / 2)))];
            var share = counts[k] > 40 ? 0 : 1 / (1 + Math.Log(1 + (.1 * (counts[k] - 1))));
            for (var d = 0; d < dimension; d++)
            {
                var nearby = near.Zip(weights, (c, w) => w * V(c, d)).Sum() / weights.Sum();
                var global = valid.Sum(c => counts[c] * V(c, d)) / total;
                result.Add(((1 - share) * V(k, d)) + (share * ((.9 * nearby) + (.1 * global))));
            }
        }

        return [.. result];
    }

    private static double Loops(double[][] all, long[] labels, IntraClassAugmentation.Pairs pairs)
    {
        var count = labels.Length;
        double Cosine(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(x => x * x));
        double sum = 0;
        for (var i = 0; i < count; i++)
        {
            double[] Of(bool same) => [.. Enumerable.Range(0, all.Length)
                .Where(j => j % count != i && labels[j % count] == labels[i] == same).Select(j => Cosine(all[i], all[j]))];
            var (positives, negatives) = (Of(true), Of(false));
            if (pairs == IntraClassAugmentation.Pairs.Contrastive)
            {
                sum += positives.Sum(s => Math.Max(0, .8 - s)) + negatives.Sum(s => Math.Max(0, s - .5));
                continue;
            }

            double[] push = [.. negatives.Where(s => s + .1 > positives.Min())], pull = [.. positives.Where(s => s - .1 < negatives.Max())];
            if (push.Length > 0 && pull.Length > 0)
            {
                sum += (Math.Log(1 + pull.Sum(s => Math.Exp(-2 * (s - .5)))) / 2)
                    + (Math.Log(1 + push.Sum(s => Math.Exp(40 * (s - .5)))) / 40);
            }
        }

        return sum / count;
    }
}
