using Dml.Training.Losses;
using Dml.Training.Losses.Synthesis;
using Dml.Training.Tests.Trainer;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Synthesis;

/// <summary>Not run in parallel with other tests, because libtorch has one random generator per process.</summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class RotationHardSamplesTests
{
    private static readonly double[] A = [1, 0, .6, .8], P = [.8, .6, -.6, .8], C = [.7, .2, .1, .7];

    [Fact]
    public void Worked_example_of_the_rotation()
    {
        using var scope = NewDisposeScope();
        ReferenceBatch.Close([.356937, .428709, -.593375, .561325],
            RotationHardSamples.Turned(tensor(A, [2, 2]), tensor(P, [2, 2]), tensor(C, [2, 2])), 5e-7);
    }

    [Fact]
    public void Worked_example_of_the_loss_and_its_gradients()
    {
        using var scope = NewDisposeScope();
        var (a, p) = (ReferenceBatch.Leaf(A, 2, 2), ReferenceBatch.Leaf(P, 2, 2));
        var loss = RotationHardSamples.Value(new NPairs(a, p, [0, 1]), tensor(C, [2, 2]), RotationHardSamples.Mode.Hardest, false);
        ReferenceBatch.Close([.772325], loss, 5e-7);
        loss.backward();
        ReferenceBatch.Close([-.083431, .092068, .419268, .370012], a.grad, 5e-7);
        ReferenceBatch.Close([.239368, .394179, -.124401, .017772], p.grad, 5e-7);
    }

    [Fact]
    public void Worked_examples_of_the_other_modes_and_of_the_lengths()
    {
        using var scope = NewDisposeScope();
        var pairs = new NPairs(tensor(A, [2, 2]), tensor(P, [2, 2]), [0, 1]);
        double Of(RotationHardSamples.Mode mode) => RotationHardSamples.Value(pairs, tensor(C, [2, 2]), mode, false).item<double>();
        Assert.Equal(.771404, Of(RotationHardSamples.Mode.PositiveOnly), 5e-7);
        Assert.Equal(.655142, NPairs.Multiclass(pairs.Anchors.matmul(pairs.Positives.t())).item<double>(), 5e-7);
        Assert.Equal(.655142 + Loops(A, P, C, 2, "generated"), Of(RotationHardSamples.Mode.Sum), 5e-7);
        Assert.Equal((.772325 + Loops(P, A, C, 2, "hardest")) / 2, Of(RotationHardSamples.Mode.Symmetric), 5e-7);
        Assert.Equal(.001, pairs.Lengths(.002).item<double>(), 1e-12);
    }

    [Theory]
    [InlineData(1, 6, 4)]
    [InlineData(2, 3, 5)]
    [InlineData(3, 1, 2)]
    public void Equals_the_description_written_as_loops_and_its_gradients_the_differences(int seed, int count, int dimension)
    {
        var random = new Random(seed);
        double[] Draw() => [.. Enumerable.Range(0, count * dimension).Select(_ => (random.NextDouble() * 2) - 1)];
        var (a, p, c) = (Draw(), Draw(), Draw());
        long[] labels = [.. Enumerable.Range(0, count).Select(i => (long)i)];
        using var scope = NewDisposeScope();
        Tensor Rows(double[] values) => tensor(values, [count, dimension]);
        Tensor Of(Tensor anchors, Tensor positives, RotationHardSamples.Mode mode)
            => RotationHardSamples.Value(new NPairs(anchors, positives, labels), Rows(c), mode, false);
        Assert.Equal(Loops(a, p, c, dimension, "hardest"), Of(Rows(a), Rows(p), RotationHardSamples.Mode.Hardest).item<double>(), 1e-10);
        Assert.Equal(Loops(a, p, c, dimension, "positive-only"), Of(Rows(a), Rows(p), RotationHardSamples.Mode.PositiveOnly).item<double>(),
            1e-10);
        foreach (var mode in Enum.GetValues<RotationHardSamples.Mode>())
        {
            Gradients.CheckByDifferences(t => Of(t, Rows(p), mode), a, count, dimension);
            Gradients.CheckByDifferences(t => Of(Rows(a), t, mode), p, count, dimension);
        }
    }

    [Fact]
    public void A_turned_positive_keeps_its_radius_and_is_never_easier()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var (a, p, c) = (randn([20, 5], float64), randn([20, 5], float64), randn([20, 5], float64));
        var turned = RotationHardSamples.Turned(a, p, c);
        Tensor Distance(Tensor x, Tensor y) => (x - y).square().sum(1).sqrt();
        ReferenceBatch.Close(Distance(p, c).data<double>().ToArray(), Distance(turned, c), 1e-9);
        Assert.All(Distance(turned, a).ge(Distance(p, a) - 1e-9).data<bool>().ToArray(), Assert.True);
    }

    [Fact]
    public void An_anchor_or_a_positive_on_the_centre_leaves_gradients_finite()
    {
        using var scope = NewDisposeScope();
        var (a, p) = (ReferenceBatch.Leaf([.7, .2, .3, .3], 2, 2), ReferenceBatch.Leaf([.8, .6, .1, .7], 2, 2));
        var turned = RotationHardSamples.Turned(a, p, tensor(C, [2, 2]));
        ReferenceBatch.Close([.8, .6, .1, .7], turned, 1e-12);
        turned.sum().backward();
        Assert.All(a.grad!.data<double>().ToArray().Concat(p.grad!.data<double>().ToArray()), g => Assert.True(double.IsFinite(g)));
    }

    [Fact]
    public void Centres_begin_as_class_means_of_the_training_set_and_follow_the_batches()
    {
        using var scope = NewDisposeScope();
        var loss = new RotationHardSamples(new LossShape(3, 2) { PictureLabels = [0, 0, 1, 1] }, new());
        loss.BeginEpoch(new EpochStart(0, 2, () => tensor([1f, 2, 3, 4, -1, -2, -3, -4], [4, 2])));
        Assert.Equal([2f, 3, -2, -3, 0, 0], loss.get_buffer("centres")!.ToFloats());
        loss.Compute(tensor([4f, 1, 0, 1, 6, 8], [3, 2]), [0, 0, 2]);
        ReferenceBatch.Close([2, 2.8, -2, -3, 6, 8], loss.get_buffer("centres")!.to(float64), 1e-5);
        loss.BeginEpoch(new EpochStart(1, 2, () => throw new InvalidOperationException("not wanted")));
        Assert.Equal([1f, 1, 1], loss.state_dict()["known"].ToFloats());
    }

    [Fact]
    public void Worked_example_of_symmetrical_synthesis()
    {
        using var scope = NewDisposeScope();
        var (a, p) = (tensor(A, [2, 2]), tensor(P, [2, 2]));
        ReferenceBatch.Close([.8, -.6], SymmetricalSynthesis.Mirrored(p, a).narrow(0, 0, 1), 1e-12);
        ReferenceBatch.Close([.28, .96], SymmetricalSynthesis.Mirrored(a, p).narrow(0, 0, 1), 1e-12);
        var logits = SymmetricalSynthesis.Logits(a, p);
        ReferenceBatch.Close([.8, .936, .96, .28], logits, 1e-12);
        ReferenceBatch.Close([.926662], NPairs.Multiclass(logits), 5e-7);
        Gradients.CheckByDifferences(t => NPairs.Multiclass(SymmetricalSynthesis.Logits(t, p)), [.9, .1, .5, .8], 2, 2);
        Gradients.CheckByDifferences(t => NPairs.Multiclass(SymmetricalSynthesis.Logits(a, t)), [.9, .5, -.5, .8], 2, 2);
    }

    [Fact]
    public void Pairs_hold_every_row_of_a_class_that_has_more_than_one_and_each_class_once()
    {
        using var scope = NewDisposeScope();
        var pairs = NPairs.Of(new LossBatch(tensor([0f, 1, 2, 3, 4, 5], [6, 1]), [2, 0, 2, 1, 2, 0]));
        Assert.Equal(2, pairs.Count);
        Assert.Equal([2L, 0], pairs[0].Labels);
        Assert.Equal([0f, 1], pairs[0].Anchors.ToFloats());
        Assert.Equal([2f, 5], pairs[0].Positives.ToFloats());
        Assert.Equal([2L], pairs[1].Labels);
        Assert.Equal([4f], pairs[1].Anchors.ToFloats());
        Assert.Equal([0f], pairs[1].Positives.ToFloats());
    }

    // The rows of a batch of four of each class, two by two, are two batches of the paper's kind.
    [Theory]
    [InlineData("n-pair")]
    [InlineData("symmetrical-synthesis")]
    [InlineData("rotation-hard-samples")]
    public void A_batch_of_more_rows_costs_the_mean_of_its_batches_of_pairs(string name)
    {
        using var scope = NewDisposeScope();
        var batch = new RandomBatch(4, 12, 4);
        var rows = batch.ToTensor().to(float32);
        long[] labels = [0, 1, 2, 0, 1, 2, 2, 1, 0, 1, 2, 0];
        float Cost(long[] places)
        {
            using var loss = LossCatalogue.Create(name, new(3, 4), name == "rotation-hard-samples" ? new() { ["momentum"] = 1 } : null, 1);
            if (loss.get_buffer("centres") is { } centres)
            {
                centres.copy_(tensor([.1f, .2f, .3f, .4f, -.3f, .1f, 0, .2f, .3f, -.1f, .2f, 0], [3, 4]));
                loss.get_buffer("known")!.fill_(1);
            }

            return loss.Compute(rows.index_select(0, tensor(places)), [.. places.Select(p => labels[p])]).item<float>();
        }

        Assert.Equal((Cost([0, 1, 2, 3, 4, 5]) + Cost([6, 7, 8, 9, 10, 11])) / 2, Cost([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), 1e-5f);
        Assert.NotEqual(Cost([0, 1, 2, 3, 4, 5]), Cost([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]));
    }

    private static double Loops(double[] a, double[] p, double[] c, int dimension, string mode)
    {
        double[][] Rows(double[] values) => [.. values.Chunk(dimension)];
        double Dot(double[] x, double[] y) => x.Zip(y, (u, v) => u * v).Sum();
        double[] Minus(double[] x, double[] y) => [.. x.Zip(y, (u, v) => u - v)];
        double Length(double[] x) => Math.Sqrt(Dot(x, x));
        var (anchors, positives, centres) = (Rows(a), Rows(p), Rows(c));
        double[][] turned = [.. anchors.Select((anchor, i) =>
        {
            var away = Minus(centres[i], anchor);
            var factor = Length(Minus(positives[i], centres[i])) / Length(away);
            return centres[i].Zip(away, (x, u) => x + (factor * u)).ToArray();
        })];
        double sum = 0;
        for (var i = 0; i < anchors.Length; i++)
        {
            double inner = 0;
            for (var j = 0; j < anchors.Length; j++)
            {
                var (real, made) = (Dot(anchors[i], positives[j]), Dot(anchors[i], turned[j]));
                var negative = mode switch { "hardest" => Math.Max(real, made), "generated" => made, _ => real };
                inner += i == j ? 0 : Math.Exp(negative - Dot(anchors[i], turned[i]));
            }

            sum += Math.Log(1 + inner);
        }

        return sum / anchors.Length;
    }
}
