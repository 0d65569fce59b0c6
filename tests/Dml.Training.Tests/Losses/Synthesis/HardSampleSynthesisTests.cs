using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Losses.Synthesis;
using Dml.Training.Tests.Trainer;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Synthesis;

/// <summary>Not run in parallel with other tests, because libtorch has one random generator per process.</summary>
[Collection(nameof(TrainingMemoryTests))]
public sealed class HardSampleSynthesisTests
{
    private static readonly LossShape Shape = new(3, 4) { FeatureDimension = 6 };

    [Fact]
    public void Worked_example_of_the_first_stage()
    {
        using var scope = NewDisposeScope();
        var (a, p) = (tensor([1, .2], [1, 2]), tensor([.6, .5], [1, 2]));
        var stretch = HardSampleFormulas.Stretch(tensor([.5]), .3, .9, .5);
        ReferenceBatch.Close([.3333333], stretch, 1e-7);
        var (anchors, positives) = HardSampleFormulas.Stretched(a, p, stretch);
        ReferenceBatch.Close([1.1333333, .1], anchors, 1e-7);
        ReferenceBatch.Close([.4666667, .6], positives, 1e-7);
        ReferenceBatch.Close([.5, .5, 0, 0], HardSampleFormulas.Stretch(tensor([.1, .3, .9, 2]), .3, .9, .5), 1e-12);
        ReferenceBatch.Close([0], HardSampleFormulas.Stretch(tensor([.5]), .3, .3, .5), 0);
        var n = tensor([.1, 1.1], [1, 2]);
        Assert.Equal(0, HardSampleFormulas.Triplet(a, p, n, .2).item<double>());
        Assert.Equal(.0033333333, HardSampleFormulas.Triplet(anchors, positives, tensor([.5, .8], [1, 2]), .2).item<double>(), 1e-9);
    }

    [Fact]
    public void Worked_example_of_the_margin_the_pull_and_the_share()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(-.0426122639, HardSampleFormulas.AdaptiveMargin(.2, .5, 1), 1e-9);
        var pulled = HardSampleFormulas.Pulled(tensor([1, .2], [1, 2]), tensor([.6, .5], [1, 2]), tensor([.1, 1.1], [1, 2]), 90, 100);
        ReferenceBatch.Close([.4242779974, .7757220026], pulled, 1e-9);
        var near = tensor([1.1, .2], [1, 2]);
        ReferenceBatch.Close([1.1, .2], HardSampleFormulas.Pulled(tensor([1, .2], [1, 2]), tensor([.6, .5], [1, 2]), near, 90, 100), 0);
        Assert.Equal(1, 1 - HardSampleFormulas.RealShare(1e4, 100), 1e-6);
        Assert.Equal(.6321205588, 1 - HardSampleFormulas.RealShare(1e4, 1e4), 1e-9);
        Assert.Equal(.0099501663, 1 - HardSampleFormulas.RealShare(1e4, 1e6), 1e-9);
    }

    [Fact]
    public void Every_row_with_both_kinds_gets_a_triplet()
    {
        using var scope = NewDisposeScope();
        long[] labels = [0, 0, 1, 2, 2, 2];
        var triplets = DrawnTriplets.Of(labels, CPU)!;
        var (anchors, positives, negatives) =
            (triplets.Anchors.data<long>().ToArray(), triplets.Positives.data<long>().ToArray(), triplets.Negatives.data<long>().ToArray());
        Assert.Equal([0L, 1, 3, 4, 5], anchors);
        Assert.All(anchors.Zip(positives), t => Assert.True(t.First != t.Second && labels[t.First] == labels[t.Second]));
        Assert.All(anchors.Zip(negatives), t => Assert.NotEqual(labels[t.First], labels[t.Second]));
        Assert.Null(DrawnTriplets.Of([0, 0, 0], CPU));
        Assert.Null(DrawnTriplets.Of([0, 1, 2], CPU));
    }

    [Fact]
    public void The_own_steps_are_those_of_Adam()
    {
        using var scope = NewDisposeScope();
        double[] start = [1, -2, .5];
        var (mine, theirs) = (nn.Parameter(tensor(start).to(float32)), nn.Parameter(tensor(start).to(float32)));
        var own = new FlatAdam([mine]);
        using var reference = optim.AdamW([theirs], lr: .1, weight_decay: 0);
        Tensor Value(Tensor at) => (at * tensor([1f, 2, 3])).square().sum();
        for (var step = 0; step < 5; step++)
        {
            own.Descend(() => Value(mine), .1);
            reference.zero_grad();
            Value(theirs).backward();
            reference.step();
        }

        Assert.All(mine.ToFloats().Zip(theirs.ToFloats()), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
        Assert.False(mine.requires_grad);
        var before = mine.ToFloats();
        Assert.True(double.IsNaN(own.Descend(() => Value(mine) * double.NaN, .1)));
        Assert.Equal(before, mine.ToFloats());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_warm_up_the_modules_learn_and_the_network_gets_gradients_from_both_parts(bool pulled)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var loss = new HardSampleSynthesis(
            Shape, new() { WarmupSteps = 1, PulledNegatives = pulled, ClassificationWeight = 1 }, new Initializer(1));
        Assert.All(loss.parameters(), p => Assert.False(p.requires_grad));
        var head = (randn([6, 4]) * .5).requires_grad_(true);
        var features = randn([8, 6]);
        long[] labels = [0, 0, 1, 1, 2, 2, 0, 1];
        float Step(int epoch)
        {
            loss.BeginEpoch(new EpochStart(epoch, 5, () => throw new InvalidOperationException("not wanted")));
            head.grad = null;
            var rows = features.matmul(head);
            var value = loss.Compute(new LossBatch(rows, labels) { Features = features, Project = f => f.matmul(head) });
            value.backward();
            Assert.All(head.grad!.ToFloats(), g => Assert.True(float.IsFinite(g)));
            Assert.All(loss.parameters(), p => Assert.Null(p.grad));
            return value.item<float>();
        }

        var before = loss.state_dict().ToDictionary(t => t.Key, t => t.Value.ToFloats());
        Step(0);
        Assert.All(before.Where(t => t.Key is not ("averages" or "warmup")), t =>
            Assert.Equal(t.Value, loss.state_dict()[t.Key].ToFloats()));
        Assert.True(float.IsFinite(Step(1)));
        foreach (var module in pulled ? new[] { "stretcher.", "discriminator.", "classifier." }
            : ["stretcher.", "discriminator.", "negatives.", "classifier."])
        {
            Assert.Contains(before, t => t.Key.StartsWith(module, StringComparison.Ordinal)
                && !t.Value.SequenceEqual(loss.state_dict()[t.Key].ToFloats()));
        }

        // By now the generators' loss is a running mean, and so is their share of the network's loss.
        Assert.True(loss.get_buffer("averages")![2].item<float>() > 0);
    }

    [Fact]
    public void Without_features_it_is_the_triplet_loss_of_drawn_triplets()
    {
        using var scope = NewDisposeScope();
        var loss = new HardSampleSynthesis(new LossShape(3, 4), new() { WarmupSteps = 0 }, new Initializer(1));
        Assert.Empty(loss.parameters());
        var rows = nn.functional.normalize(randn([6, 4]));
        long[] labels = [0, 0, 1, 1, 2, 2];
        manual_seed(4);
        var value = loss.Compute(rows, labels).item<float>();
        manual_seed(4);
        var drawn = DrawnTriplets.Of(labels, CPU)!;
        float[][] vectors = [.. rows.ToFloats().Chunk(4)];
        double Squared(long i, long j) => vectors[i].Zip(vectors[j], (x, y) => (double)(x - y) * (x - y)).Sum();
        var (anchors, positives, negatives) =
            (drawn.Anchors.data<long>().ToArray(), drawn.Positives.data<long>().ToArray(), drawn.Negatives.data<long>().ToArray());
        Assert.Equal(anchors.Select((a, i) => Math.Max(0, Squared(a, positives[i]) - Squared(a, negatives[i]) + .2)).Average(), value,
            1e-5);
        Assert.Throws<RecipeException>(() => new HardSampleSynthesis(Shape with { FeatureDimension = 10_000 }, new(), new Initializer(1)));
    }
}
