using Dml.Training.Backbones;
using Dml.Training.Export;
using Dml.Training.Heads;
using Dml.Training.Tests.Backbones;
using Dml.Training.Tests.Losses;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Heads;

public sealed class SecondOrderAttentionHeadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Worked_example_of_the_attention()
    {
        using var scope = NewDisposeScope();
        var places = tensor([1.0, 0, 0, 1, .5, .5], [1, 3, 2]);
        var attended = SecondOrderAttentionHead.Attended(places, places, places, places, 1, x => x);
        ReferenceBatch.Close([1.66007833, .33992167, .33992167, 1.66007833, 1, 1], attended);
        ReferenceBatch.Close([2.66007833, 2.66007833], attended.mean([1]) + attended.amax([1]));
        Gradients.CheckByDifferences(
            t => SecondOrderAttentionHead.Attended(t, t * 2, t, t, .5, x => x * .5).pow(2).sum(), [1, 0, .3, 1, .5, .5], 1, 3, 2);
    }

    [Fact]
    public void It_begins_as_pooling_and_a_linear_layer()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var backbone = BackboneCatalogue.Create("googlenet", new() { ["inputSize"] = 64 }, new Initializer(1));
        var head = HeadCatalogue.Create(
            new("second-order-attention") { Options = new() { ["dimension"] = 5 } }, backbone, new Initializer(2));
        var plain = HeadCatalogue.Create(new("average-max") { Options = new() { ["dimension"] = 5 } }, backbone, new Initializer(3));
        plain.load_state_dict(
            new() { ["linear.weight"] = head.state_dict()["linear.weight"], ["linear.bias"] = head.state_dict()["linear.bias"] });
        var map = randn([3, 1024, 2, 2]);
        Assert.All(plain.call(map).ToFloats().Zip(head.call(map).ToFloats()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [InlineData("googlenet")]
    [InlineData("deit-tiny")]
    public void With_an_output_that_counts_it_computes_the_same_in_onnx_runtime(string backbone)
    {
        using var scope = NewDisposeScope();
        var network = SmallNetworks.WithHead(backbone, "second-order-attention");
        SmallNetworks.Disturb(network);
        new Initializer(9).Normal(network.state_dict()["head.output.weight"], .05);
        new Initializer(10).Normal(network.state_dict()["head.query.weight"], .05);
        network.SetTraining(false);
        OnnxExporter.Export(network, _folder.File("embedder.onnx"));
        Assert.True(OnnxParity.Check(network, _folder.File("embedder.onnx")).Largest > 0);
    }

    public void Dispose() => _folder.Dispose();
}
