using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Network;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

public sealed class InitializerTests
{
    [Fact]
    public void Distributions_have_their_deviation_and_bounds()
    {
        using var scope = NewDisposeScope();
        var tensor = zeros([100, 50, 3, 3]);
        var initializer = new Initializer(1);
        initializer.Normal(tensor, 0.5);
        Assert.Equal(0.5, Deviation(tensor), 0.01);
        initializer.TruncatedNormal(tensor, 1, 1.5);
        Assert.InRange(tensor.ToFloats().Max(), 1.4f, 1.5f);
        Assert.Equal(0.7426, Deviation(tensor), 0.01);
        initializer.FanIn(tensor);
        Assert.InRange(tensor.ToFloats().Max(), 0.999f / MathF.Sqrt(450), 1 / MathF.Sqrt(450));
        Assert.Equal(1 / Math.Sqrt(3 * 450), Deviation(tensor), 0.001);
    }

    [Fact]
    public void A_recipe_chooses_how_layers_start()
    {
        using var scope = NewDisposeScope();
        foreach (
            var (choice, convolution, linear) in new[]
            {
                ("published", 0.01, Math.Sqrt(2.0 / 64)),
                ("fan-in", 1 / Math.Sqrt(3 * 576), 1 / Math.Sqrt(3 * 1024)),
            }
        )
        {
            var network = EmbeddingNetwork.Create(
                "googlenet",
                new JsonObject { ["initialization"] = choice },
                new JsonObject { ["dimension"] = 64, ["initialization"] = choice },
                1);
            Assert.Equal(convolution, Deviation(network.state_dict()["backbone.conv3.conv.weight"]), 0.02 * convolution);
            Assert.Equal(linear, Deviation(network.state_dict()["head.linear.weight"]), 0.02 * linear);
        }
    }

    private static double Deviation(Tensor tensor) => Math.Sqrt(tensor.ToFloats().Average(v => (double)v * v));
}
