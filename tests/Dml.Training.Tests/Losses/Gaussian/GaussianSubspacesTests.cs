using Dml.Training.Losses;
using Dml.Training.Losses.Gaussian;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Gaussian;

public sealed class GaussianSubspacesTests
{
    [Theory]
    [InlineData(GaussianSubspaces.Mixing.None, false)]
    [InlineData(GaussianSubspaces.Mixing.None, true)]
    [InlineData(GaussianSubspaces.Mixing.Soft, false)]
    [InlineData(GaussianSubspaces.Mixing.Soft, true)]
    [InlineData(GaussianSubspaces.Mixing.LiteralIndices, false)]
    public void Equals_the_formula_written_as_loops_and_its_gradients_the_differences(GaussianSubspaces.Mixing mixing, bool crossEntropy)
    {
        const int count = 7, dimension = 3;
        const double share = .6, sigma = .7;
        var random = new Random(3);
        double[] rows = [.. Enumerable.Range(0, count * dimension).Select(_ => random.NextDouble() - .5)];
        long[] labels = [4, 1, 4, 1, 7, 4, 1], order = [2, 0, 1, 6, 5, 4, 3];
        using var scope = NewDisposeScope();
        Tensor Of(Tensor at) => GaussianSubspaces.Value(at, labels, sigma, mixing, share, order, crossEntropy);
        Assert.Equal(Loops(rows, labels, order, dimension, sigma, share, mixing, crossEntropy),
            Of(tensor(rows, [count, dimension])).item<double>(), 1e-10);
        Gradients.CheckByDifferences(Of, rows, count, dimension);
    }

    [Fact]
    public void Posteriors_of_the_worked_example()
    {
        using var scope = NewDisposeScope();
        // With two classes the loss of a single row is twice the square of what its own class lacks to 1.
        var rows = new ReferenceBatch().Embeddings;
        double[] own = [.97274805, .79494586, .94906853, .88132105];
        Assert.Equal(own.Average(p => 2 * (1 - p) * (1 - p)),
            GaussianSubspaces.Value(rows, [0, 0, 1, 1], .5, GaussianSubspaces.Mixing.None, 1, [], false).item<double>(), 1e-8);
    }

    [Fact]
    public void Rows_of_one_class_cost_nothing_and_distant_rows_keep_a_gradient()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, GaussianSubspaces.Value(
            tensor([1.0, 2, 3, 9], [2, 2]), [5, 5], .5, GaussianSubspaces.Mixing.None, 1, [], false).item<double>(), 1e-12);
        // A row whose kernels are all below 1e-300.
        var rows = ReferenceBatch.Leaf([0, 0, 40, 0, 1, 0, 40, 1], 4, 2);
        GaussianSubspaces.Value(rows, [0, 0, 1, 1], .5, GaussianSubspaces.Mixing.None, 1, [], true).backward();
        Assert.True(rows.grad!.abs().sum().item<double>() > 1e-3);
    }

    [Fact]
    public void A_mixture_finds_the_Gaussians_that_its_rows_were_drawn_from()
    {
        var random = new Random(4);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        // One third is wide and correlated, two thirds are narrow.
        float[] rows = [.. Enumerable.Range(0, 900).SelectMany(i =>
        {
            var (u, v) = (Normal(), Normal());
            return i % 3 == 0 ? (float[])[(float)(4 + u), (float)(1 + (.8 * u) + (.3 * v))] : [(float)(-1 + (.5 * u)), (float)(.2 * v)];
        })];
        var mixture = GaussianMixture.Fit(rows, 2, 2, seed: 1);
        var wide = mixture.Means[0][0] > mixture.Means[1][0] ? 0 : 1;
        Assert.Equal(1.0 / 3, mixture.Weights[wide], .02);
        Assert.Equal(4, mixture.Means[wide][0], .15);
        Assert.Equal(1, mixture.Means[wide][1], .15);
        Assert.Equal(-1, mixture.Means[1 - wide][0], .1);
        Assert.All(mixture.LogLikelihoods.Zip(mixture.LogLikelihoods.Skip(1)), pair => Assert.True(pair.Second >= pair.First - 1e-6));
        Assert.True(Enumerable.Range(0, 900).Count(i => mixture.Assign(rows.AsSpan(2 * i, 2)) == wide == (i % 3 == 0)) > 890);
    }

    [Theory]
    [InlineData(60, 2)]
    [InlineData(8, 4)]
    public void A_mixture_of_one_component_is_the_Gaussian_of_its_rows(int count, int dimension)
    {
        var random = new Random(6);
        float[] rows = [.. Enumerable.Range(0, count * dimension).Select(_ => random.NextSingle())];
        var mixture = GaussianMixture.Fit(rows, dimension, 1, seed: 1);
        var points = rows.Chunk(dimension).Select(r => r.Select(v => (double)v).ToArray()).ToArray();
        double[] mean = [.. Enumerable.Range(0, dimension).Select(d => points.Average(p => p[d]))];
        using var scope = NewDisposeScope();
        var covariance = zeros([dimension, dimension], float64);
        foreach (var point in points)
        {
            var apart = tensor(point) - tensor(mean);
            covariance.add_(apart.outer(apart) / count);
        }

        // With few rows the covariance is diagonal.
        covariance = (count >= 5 * dimension ? covariance : covariance.diagonal().diag_embed()) + (eye(dimension, dtype: float64) * 1e-6);
        var expected = points.Average(point =>
        {
            var apart = tensor(point) - tensor(mean);
            return (-.5 * apart.matmul(covariance.inverse()).dot(apart).item<double>()) - (.5 * covariance.logdet().item<double>())
                - (.5 * dimension * Math.Log(2 * Math.PI));
        });
        Assert.Equal(expected, mixture.LogLikelihoods[^1], 1e-6);
    }

    [Fact]
    public void Discovery_splits_large_classes_of_two_clusters_and_keeps_small_ones_whole()
    {
        var random = new Random(8);
        int[] labels = [.. Enumerable.Repeat(0, 120), .. Enumerable.Repeat(1, 30)];
        float[] rows = [.. labels.SelectMany((_, i) => (float[])[((i % 2) * 5) + random.NextSingle(), random.NextSingle()])];
        using var scope = NewDisposeScope();
        var shape = new LossShape(2, 2) { PictureLabels = labels };
        var loss = new GaussianSubspaces(
            shape, new() { DiscoverEvery = 2, Mixing = GaussianSubspaces.Mixing.None, Normalize = false }, new(1));
        var batch = new LossBatch(tensor(rows, [150, 2]), [.. labels.Select(l => (long)l)]) { Pictures = [.. Enumerable.Range(0, 150)] };
        var before = loss.Compute(batch).item<float>();
        loss.BeginEpoch(new EpochStart(1, 9, () => throw new InvalidOperationException("not wanted")));
        loss.BeginEpoch(new EpochStart(2, 9, () => batch.Embeddings));
        var parts = loss.state_dict()["subclasses"].data<long>().ToArray();
        Assert.Equal(parts[..2].Order(), [0L, 1]);
        Assert.All(Enumerable.Range(0, 120), i => Assert.Equal(parts[i % 2], parts[i]));
        Assert.All(parts[120..], p => Assert.Equal(2, p));
        Assert.True(loss.Compute(batch).item<float>() < before);
    }

    [Fact]
    public void The_classifier_and_the_lengths_count_with_their_weights()
    {
        using var scope = NewDisposeScope();
        var rows = new ReferenceBatch().Embeddings.to(float32).detach();
        float Of(GaussianSubspaces.Options options)
            => new GaussianSubspaces(
                new LossShape(3, 2), options with { Mixing = GaussianSubspaces.Mixing.None, Normalize = false }, new(1))
                .Compute(rows, [0, 0, 1, 1]).item<float>();
        Assert.Equal(Of(new()) + (.5f * rows.square().sum().sqrt().item<float>()), Of(new() { LengthWeight = .5 }), 1e-5f);
        var weight = new GaussianSubspaces(new LossShape(3, 2), new() { ClassificationWeight = 2 }, new(1)).parameters().Single();
        Assert.Equal(Of(new()) + (2 * nn.functional.cross_entropy(rows.matmul(weight.t()), tensor([0L, 0, 1, 1])).item<float>()),
            Of(new() { ClassificationWeight = 2 }), 1e-5f);
    }

    [Fact]
    public void Rows_have_length_1_as_they_are_searched_unless_asked_otherwise()
    {
        using var scope = NewDisposeScope();
        var batch = new RandomBatch(3, 8, 3);
        long[] labels = [0, 1, 0, 1, 0, 1, 0, 1];
        double Value(bool normalize) => new GaussianSubspaces(
            new LossShape(2, 3), new() { Mixing = GaussianSubspaces.Mixing.None, Normalize = normalize }, new(1))
            .Compute(batch.ToTensor(), labels).item<double>();
        double Expected(double[] rows) => Loops(rows, labels, [], 3, .5, 1, GaussianSubspaces.Mixing.None, false);
        Assert.Equal(Expected(batch.Flat), Value(normalize: false), 1e-9);
        double[] unit = [.. batch.All.SelectMany(i => batch.Rows[i].Select(v => v / batch.Length(i)))];
        Assert.Equal(Expected(unit), Value(normalize: true), 1e-9);
    }

    private static double Loops(double[] z, long[] labels, long[] order, int dimension, double sigma, double share,
        GaussianSubspaces.Mixing mixing, bool crossEntropy)
    {
        var rows = z.Chunk(dimension).ToList();
        var numbers = labels.Select(l => (double)l).ToList();
        long[] classes = [.. labels.Distinct().Order()];
        var targets = labels.Select(l => classes.Select(c => c == l ? 1.0 : 0).ToArray()).ToList();
        if (mixing != GaussianSubspaces.Mixing.None)
        {
            for (var i = 0; i < labels.Length; i++)
            {
                var other = order[i];
                rows.Add([.. rows[i].Zip(rows[(int)other], (a, b) => (share * a) + ((1 - share) * b))]);
                numbers.Add(labels[i] + (share * (labels[other] - labels[i])));
                targets.Add(mixing == GaussianSubspaces.Mixing.Soft
                    ? [.. targets[i].Zip(targets[(int)other], (a, b) => (share * a) + ((1 - share) * b))]
                    : [.. classes.Select(c => c == numbers[^1] ? 1.0 : 0)]);
            }
        }

        double[][] means = [.. classes.Select(c =>
        {
            var own = Enumerable.Range(0, mixing == GaussianSubspaces.Mixing.LiteralIndices ? rows.Count : labels.Length)
                .Where(i => numbers[i] == c).Select(i => rows[i]).ToList();
            return Enumerable.Range(0, dimension).Select(d => own.Average(r => r[d])).ToArray();
        })];
        return rows.Select((row, i) =>
        {
            double[] kernels = [.. means.Select(m => Math.Exp(-row.Zip(m, (a, b) => (a - b) * (a - b)).Sum() / (2 * sigma * sigma)))];
            return targets[i].Select((t, c) => crossEntropy ? -t * Math.Log(kernels[c] / kernels.Sum())
                : Math.Pow((kernels[c] / kernels.Sum()) - t, 2)).Sum();
        }).Average();
    }
}
