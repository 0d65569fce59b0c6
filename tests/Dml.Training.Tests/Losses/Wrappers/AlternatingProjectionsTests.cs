using Dml.Training.Backbones;
using Dml.Training.Losses;
using Dml.Training.Losses.Wrappers;
using Dml.Training.Tests.Backbones;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses.Wrappers;

public sealed class AlternatingProjectionsTests
{
    private static readonly AlternatingProjections.Options Held = new() { Lambda = .1, Decay = .5, Lifetime = 2, Decoupled = false };

    [Fact]
    public void Worked_example_of_the_proximal_term()
    {
        using var scope = NewDisposeScope();
        var weights = nn.Parameter(tensor([1.0, 2]));
        weights.grad = zeros_like(weights);
        AlternatingProjections.Hold([weights], tensor([.5, 2.5]), 2e-4, decoupled: false);
        ReferenceBatch.Close([1e-4, -1e-4], weights.grad, 1e-15);
        ReferenceBatch.Close([1, 2], weights, 0);
    }

    // Under AdamW every weight moves by about the rate whatever its gradient's size, so only a term on the weights themselves holds them.
    [Theory]
    [InlineData(false, .02)]
    [InlineData(true, .3)]
    public void Decoupled_the_term_is_of_a_size_that_acts_under_AdamW(bool decoupled, double least)
    {
        using var scope = NewDisposeScope();
        double After(double strength)
        {
            var weight = nn.Parameter(zeros(1, float64));
            var adam = optim.AdamW([weight], lr: 1e-3, weight_decay: 0);
            for (var step = 0; step < 100; step++)
            {
                weight.grad = -ones(1, float64);
                using (no_grad())
                {
                    AlternatingProjections.Hold([weight], zeros(1, float64), strength, decoupled);
                }

                adam.step();
            }

            return weight.item<double>();
        }

        var options = new AlternatingProjections.Options { Decoupled = decoupled };
        var held = 1 - (After(options.Strength) / After(0));
        Assert.True(decoupled ? held > least : held < least, $"{held:P2} of the way is held back");
    }

    [Fact]
    public void A_decoupled_term_takes_its_share_of_the_way_off_the_weights()
    {
        using var scope = NewDisposeScope();
        var (weight, still) = (nn.Parameter(tensor([1.0, 2])), nn.Parameter(tensor([1.0])));
        weight.grad = ones_like(weight);
        using (no_grad())
        {
            AlternatingProjections.Hold([weight, still], tensor([.5, 2.5, 0]), .2, decoupled: true);
        }

        ReferenceBatch.Close([.9, 2.1], weight, 1e-12);
        ReferenceBatch.Close([1], still, 0);
        ReferenceBatch.Close([1, 1], weight.grad, 0);
    }

    [Fact]
    public void Weights_are_held_near_those_of_the_change_before_and_the_first_are_free()
    {
        using var scope = NewDisposeScope();
        var network = SmallNetworks.Create("deit-tiny");
        var loss = new AlternatingProjections(new LossShape(3, 16), Held, new Initializer(1));
        loss.Attach(network);
        float[] Gradient(int epoch)
        {
            loss.BeginEpoch(new EpochStart(epoch, 9, () => throw new InvalidOperationException("not wanted")));
            foreach (var parameter in network.parameters())
            {
                parameter.grad = zeros_like(parameter);
            }

            loss.AfterBackward(network);
            return [.. network.parameters().SelectMany(p => p.grad!.ToFloats())];
        }

        void Move(float by)
        {
            using var noGradient = no_grad();
            foreach (var parameter in network.parameters())
            {
                parameter.add_(by);
            }
        }

        Assert.All(Gradient(0), g => Assert.Equal(0, g));
        Move(1);
        Assert.All(Gradient(1), g => Assert.Equal(0, g));
        Move(1);
        Assert.All(Gradient(2), g => Assert.Equal(0, g));
        Move(2);
        Assert.All(Gradient(3), g => Assert.Equal(.1f * .5f * 2, g, 1e-4f));
        var again = new AlternatingProjections(new LossShape(3, 16), Held, new Initializer(1));
        again.Attach(network);
        again.load_state_dict(loss.state_dict());
        loss = again;
        Assert.All(Gradient(3), g => Assert.Equal(.1f * .5f * 2, g, 1e-4f));
        Gradient(4);
        Move(3);
        Assert.All(Gradient(5), g => Assert.Equal(.1f * .25f * 3, g, 1e-4f));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Losses_equal_the_description_written_as_loops_and_gradients_the_differences(int seed)
    {
        const int count = 9, dimension = 3;
        var random = new Random(seed);
        double[] rows = [.. Enumerable.Range(0, count * dimension).Select(_ => random.NextDouble() - .5)];
        long[] labels = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(3))];
        int[] pictures = [.. Enumerable.Range(0, count)];
        // One sample shows the same picture as its representative.
        var copy = Enumerable.Range(1, count - 1).First(i => Array.IndexOf(labels, labels[i]) < i);
        pictures[copy] = pictures[Array.IndexOf(labels, labels[copy])];
        using var scope = NewDisposeScope();
        RepresentativePairs Pairs(Tensor at) => RepresentativePairs.Of(at, labels, pictures);
        var (near, far, triplets) = (new List<double>(), new List<double>(), new List<double>());
        double Squared(int i, int j)
            => Enumerable.Range(0, dimension).Sum(d => Math.Pow(rows[(i * dimension) + d] - rows[(j * dimension) + d], 2));
        int[] representatives = [.. labels.Distinct().Select(l => Array.IndexOf(labels, l))];
        foreach (var sample in Enumerable.Range(0, count).Except(representatives))
        {
            var own = Array.IndexOf(labels, labels[sample]);
            foreach (var other in representatives)
            {
                var distance = Math.Sqrt(Squared(sample, other));
                if (other == own)
                {
                    near.Add(pictures[sample] == pictures[own] ? 0 : Math.Max(0, distance - .1));
                }
                else
                {
                    far.Add(Math.Max(0, .8 - distance));
                    triplets.Add(Math.Max(0, Squared(sample, own) - Squared(sample, other) + .2));
                }
            }
        }

        var contrastive = near.Where(v => v > 0).Average() + far.Where(v => v > 0).DefaultIfEmpty(0).Average();
        var at = tensor(rows, [count, dimension]);
        Assert.Equal(contrastive, AlternatingProjections.Contrastive(Pairs(at), .1, .8).item<double>(), 1e-9);
        Assert.Equal(triplets.Average(), AlternatingProjections.Triplet(Pairs(at), .2).item<double>(), 1e-9);
        Gradients.CheckByDifferences(t => AlternatingProjections.Contrastive(Pairs(t), .1, .8), rows, count, dimension);
        Gradients.CheckByDifferences(t => AlternatingProjections.Triplet(Pairs(t), .2), rows, count, dimension);
    }

    [Fact]
    public void The_base_sees_the_batch_where_it_is_chosen()
    {
        using var scope = NewDisposeScope();
        var rows = randn([6, 4]);
        long[] labels = [0, 1, 2, 0, 1, 2];
        var loss = new AlternatingProjections(
            new LossShape(3, 4), new() { Pairs = AlternatingProjections.Pairs.Base, Base = new("multi-similarity") }, new Initializer(1));
        Assert.Equal(LossCatalogue.Create("multi-similarity", new LossShape(3, 4), null, 1).Compute(rows, labels).item<float>(),
            loss.Compute(rows, labels).item<float>());
    }

    [Fact]
    public void Representatives_without_samples_cost_nothing()
    {
        using var scope = NewDisposeScope();
        var rows = randn([3, 4]).requires_grad_(true);
        var value = new AlternatingProjections(new LossShape(3, 4), new(), new Initializer(1)).Compute(rows, [0, 1, 2]);
        value.backward();
        Assert.Equal(0, value.item<float>());
        Assert.All(rows.grad!.ToFloats(), g => Assert.Equal(0, g));
    }
}
