using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Losses;
using Dml.Training.Losses.Wrappers;
using Dml.Training.Torch;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Tests.Losses.Wrappers;

public sealed class EnsembleOfLossesTests
{
    private static readonly LossShape Shape = new(5, 8);

    [Fact]
    public void Worked_example_of_the_diversity()
    {
        using var scope = NewDisposeScope();
        Tensor Block(params double[] values) => F.normalize(tensor(values, [2, 2]));
        ReferenceBatch.Close([1.0069836668],
            EnsembleOfLosses.Diversity([Block(1, .2, .3, .9), Block(.8, .1, .2, 1), Block(-.2, 1, 1, 0), Block(.5, .5, .5, -.5)]), 1e-9);
        ReferenceBatch.Close([0], EnsembleOfLosses.Diversity([Block(1, 0, 1, 0)]), 0);
        double[] at = [1, .2, .3, .9];
        Gradients.CheckByDifferences(
            t => EnsembleOfLosses.Diversity([F.normalize(t), Block(.8, .1, .2, 1), Block(-.2, 1, 1, 0)]), at, 2, 2);
    }

    [Fact]
    public void Coefficients_begin_by_the_prior()
    {
        using var scope = NewDisposeScope();
        var loss = new EnsembleOfLosses(Shape, new(), new Initializer(1));
        ReferenceBatch.Close([.43301270, .25, .43301270, .55901699], loss.get_parameter("coefficients")!.to(float64), 1e-7);
    }

    [Fact]
    public void Every_loss_sees_its_block_and_means_follow_the_batches_in_which_it_had_something_to_do()
    {
        using var scope = NewDisposeScope();
        var options = new EnsembleOfLosses.Options
        {
            Members = [new("contrastive") { Options = new() { ["form"] = "cosine" } }, new("proxy-anchor")],
            Prior = [1, 1, 1],
            SumWeight = 0,
            DiversityWeight = 0,
        };
        var shape = new LossShape(5, 9);
        var loss = new EnsembleOfLosses(shape, options, new Initializer(1));
        var (sums, seen) = (new double[3], new double[3]);
        // In the second batch the pair loss has no pairs.
        foreach (var labels in (long[][])[[0, 0, 1, 1], [2], [3, 4, 3, 4]])
        {
            var rows = rand([labels.Length, 9]) - .5;
            var value = loss.Compute(rows, labels).item<float>();
            Tensor Block(int i) => rows.narrow(1, i * 3, 3);
            double[] losses =
            [
                F.cross_entropy(Block(0).matmul(loss.get_parameter("classifier")!.t()), tensor(labels), label_smoothing: .15).item<float>(),
                LossCatalogue.Create("contrastive", shape with { Dimension = 3 }, new() { ["form"] = "cosine" }, 1)
                    .Compute(Block(1), labels).item<float>(),
                ProxyAnchor.Value(Block(2), labels, loss.get_parameter("members.1.proxies")!, 32, .1).item<float>(),
            ];
            for (var i = 0; i < 3; i++)
            {
                sums[i] += losses[i];
                seen[i] += losses[i] == 0 ? 0 : 1;
            }

            double[] means = [.. sums.Zip(seen, (sum, n) => sum / Math.Max(1, n))];
            Assert.Equal(losses.Select((l, i) => (1.0 / 3) * means.Average() / means[i] * l).Sum(), value, 1e-3);
        }

        Assert.Equal([3f, 2, 3], loss.state_dict()["seen"].ToFloats());
    }

    [Fact]
    public void A_member_that_never_found_anything_counts_by_its_weight_alone()
    {
        using var scope = NewDisposeScope();
        var (losses, means) = (tensor([2.0, 0]), tensor([2.0, 0]));
        var value = EnsembleOfLosses.Combined(losses, means, tensor([.5, .5]), 0);
        // The weights are 0.25 + 1/8; the first loss is scaled to the mean of both.
        ReferenceBatch.Close([.375 * .5 * 2], value, 1e-12);
    }

    [Fact]
    public void Without_blocks_every_loss_sees_the_whole_embedding()
    {
        using var scope = NewDisposeScope();
        var loss = new EnsembleOfLosses(new LossShape(5, 7), new() { OwnBlocks = false }, new Initializer(1));
        Assert.Equal(7, loss.get_parameter("members.2.proxies")!.shape[1]);
        Assert.True(float.IsFinite(loss.Compute(randn([6, 7]), [0, 0, 1, 1, 2, 3]).item<float>()));
    }

    [Fact]
    public void Learning_rates_are_the_members_own_and_what_does_not_fit_is_refused()
    {
        using var scope = NewDisposeScope();
        var loss = new EnsembleOfLosses(Shape, new(), new Initializer(1));
        Assert.Equal(100, loss.LearningRateFactorOf("members.2.proxies"));
        Assert.Equal(10, loss.LearningRateFactorOf("classifier"));
        Assert.Equal(1, loss.LearningRateFactorOf("coefficients"));
        Assert.Throws<RecipeException>(() => new EnsembleOfLosses(new LossShape(5, 9), new(), new Initializer(1)));
        Assert.Throws<RecipeException>(() => new EnsembleOfLosses(Shape, new() { Prior = [1, 1] }, new Initializer(1)));
        Assert.Throws<RecipeException>(() => new EnsembleOfLosses(Shape, new() { Prior = [.01, 1, 1, 1] }, new Initializer(1)));
    }
}
