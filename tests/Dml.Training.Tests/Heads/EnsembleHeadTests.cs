using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Export;
using Dml.Training.Heads;
using Dml.Training.Losses;
using Dml.Training.Losses.Wrappers;
using Dml.Training.Network;
using Dml.Training.Tests.Backbones;
using Dml.Training.Tests.Losses;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Heads;

public sealed class EnsembleHeadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Worked_example_of_the_compression()
    {
        using var scope = NewDisposeScope();
        var after = tensor([.9, .1, .3, .7, .4, -.2, -.2, .8, .5, .3, 1, -.4], [4, 3]);
        var before = tensor([1.0, .2, .6, .5, -.3, .9, .1, 1.1], [4, 2]);
        ReferenceBatch.Close([2.1048482800], EnsembleHead.Distortion(after, before), 1e-9);
        ReferenceBatch.Close([0], EnsembleHead.Distortion(before * 3, before), 1e-9);
        Gradients.CheckByDifferences(t => EnsembleHead.Distortion(t, before), [.9, .1, .3, .7, .4, -.2, -.2, .8, .5, .3, 1, -.4], 4, 3);
    }

    [Fact]
    public void One_picture_or_equal_ones_have_no_distances_and_no_gradient()
    {
        using var scope = NewDisposeScope();
        foreach (var rows in (int[])[1, 3])
        {
            var same = ones([rows, 2]).requires_grad_();
            var loss = EnsembleHead.Distortion(same, ones([rows, 4]));
            loss.backward();
            Assert.Equal(0, loss.item<float>(), 1e-6f);
            Assert.All(same.grad!.ToFloats(), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void The_embedding_is_every_members_direction_times_the_root_of_its_weight()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var head = Create(new() { ["members"] = 3, ["width"] = 2 });
        float[] weights = [.8f, .6f, .1f];
        head.Weigh(tensor(weights));
        float[] projected = [3, 4, 1, 0, 0, -2, 0, 0, -5, 12, 1, 1];
        var actual = head.Finish(tensor(projected, [2, 6])).ToFloats();
        var expected = projected
            .Chunk(6)
            .SelectMany(row =>
            {
                double[] joined =
                [
                    .. row.Chunk(2)
                        .SelectMany(
                            (block, i) => block.Select(v => weights[i] * v / Math.Max(1e-12, Math.Sqrt(block.Sum(w => (double)w * w))))),
                ];
                return joined.Select(v => v / Math.Sqrt(joined.Sum(w => w * w)));
            });
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Theory]
    [InlineData("googlenet", 0)]
    [InlineData("deit-tiny", 24)]
    [InlineData("googlenet", 24)]
    public void With_weights_that_count_it_computes_the_same_in_onnx_runtime(string backbone, int compressed)
    {
        using var scope = NewDisposeScope();
        using var network = Network(backbone, compressed);
        SmallNetworks.Disturb(network);
        ((EnsembleHead)network.Head).Weigh(tensor([.2f, .9f, .4f, .1f]));
        network.SetTraining(false);
        OnnxExporter.Export(network, _folder.File("embedder.onnx"));
        Assert.True(OnnxParity.Check(network, _folder.File("embedder.onnx")).Largest > 0);
    }

    [Fact]
    public void The_loss_sets_the_weights_and_teaches_the_compression_alone_to_keep_distances()
    {
        using var scope = NewDisposeScope();
        using var network = Network("deit-tiny", 24);
        var head = (EnsembleHead)network.Head;
        var shape = new LossShape(5, head.ProjectedDimension);
        using var loss = new EnsembleOfLosses(shape, new() { SumWeight = 0, DiversityWeight = 0 }, new Initializer(1));
        var features = randn([6, head.FeatureDimension]);
        long[] labels = [0, 0, 1, 1, 2, 3];
        double Value()
        {
            using var fresh = new EnsembleOfLosses(shape, new() { SumWeight = 0, DiversityWeight = 0 }, new Initializer(1));
            return fresh.Compute(head.Project(features), labels).item<float>();
        }

        var alone = Value();
        loss.Attach(network);
        Assert.All(head.state_dict()["weights"].ToFloats().Zip([.25, .125, .25, .375]), pair =>
            Assert.Equal(Math.Sqrt(pair.Second), pair.First, 1e-6));

        var projected = head.Project(features).detach().requires_grad_();
        var value = loss.Compute(projected, labels);
        var distortion = head.CompressionLoss(projected)!;
        Assert.Equal(alone + distortion.item<float>(), value.item<float>(), 1e-4);
        distortion.backward();
        Assert.Null(projected.grad);
        Assert.Null(head.get_parameter("linear.weight")!.grad);
        Assert.Contains(head.get_parameter("hidden.weight")!.grad!.ToFloats(), g => g != 0);

        loss.get_parameter("coefficients")!.FromFloats([.1f, .2f, .3f, .4f]);
        loss.AfterBackward(network);
        Assert.All(head.state_dict()["weights"].ToFloats().Zip([.1, .2, .3, .4]), pair =>
            Assert.Equal(Math.Sqrt((pair.Second * pair.Second) + (1.0 / 16)), pair.First, 1e-6));
    }

    [Fact]
    public void Numbers_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<RecipeException>(() => Create(new() { ["members"] = 0 }));
        Assert.Throws<RecipeException>(() => Create(new() { ["width"] = 2000 }));
        Assert.Throws<RecipeException>(() => Create(new() { ["compressed"] = -1 }));
        using var network = Network("deit-tiny", 0);
        using var loss = new EnsembleOfLosses(new(5, 32), new() { Members = [new("triplet")], Prior = [1, 1] }, new Initializer(1));
        Assert.Contains("members", Assert.Throws<RecipeException>(() => loss.Attach(network)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static EnsembleHead Create(System.Text.Json.Nodes.JsonObject options) =>
        (EnsembleHead)
            HeadCatalogue.Create(
                new("ensemble") { Options = options },
                BackboneCatalogue.Create("deit-tiny", SmallNetworks.Options("deit-tiny"), new Initializer(1)), new Initializer(2));

    private static EmbeddingNetwork Network(string backbone, int compressed) =>
        EmbeddingNetwork.Create(
            new(backbone) { Options = SmallNetworks.Options(backbone) },
            new("ensemble")
            {
                Options = new() { ["width"] = 8, ["compressed"] = compressed },
            },
            seed: 1);
}
