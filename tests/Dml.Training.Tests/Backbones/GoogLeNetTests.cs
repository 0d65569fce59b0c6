using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

public sealed class GoogLeNetTests
{
    [Fact]
    public void The_generator_is_the_references() =>
        Assert.Equal([-.33709276, -.08875245, -.43685735, .25915076], NamedWeights.Draw("conv1.conv.weight", 4).Select(v => Math.Round(v, 8)));

    [Fact]
    public void Layer_outputs_equal_the_reference()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = Filled();
        var seen = new Dictionary<string, float[]>();
        var features = network.forward(NamedWeights.Input(64), (name, tensor) => seen[name] = tensor.ToFloats());
        Statistics(seen["conv1"], .39680447, .57688606);
        Statistics(seen["maxpool2"], 1.13322742, 1.23391611);
        Close([.36783973, .44622323, .64583256], seen["maxpool2"]);
        Statistics(seen["inception3a"], .87605500, 1.29040320);
        Statistics(seen["inception4e"], .97341665, 1.48159789);
        Statistics(seen["inception5b"], .99286933, 1.59619722);
        Assert.Equal([1, 1024, 2, 2], features.shape);
        var average = features.mean([2L, 3L]).ToFloats();
        Close([0, 2.49249001, 2.50393700, 0, 3.13728021], average);
        Assert.Equal(55.71121896, Math.Sqrt(average.Sum(v => (double)v * v)), 1e-3);
        var maximum = features.amax([2L, 3L]).ToFloats();
        Close([0, 3.48555112, 4.60313971, 0, 3.69872679], maximum);
        Assert.Equal(1.69639925, maximum.Average(v => (double)v), 1e-4);
    }

    [Fact]
    public void Input_through_torchvisions_transform_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        float[] mean = [.485f, .456f, .406f], deviation = [.229f, .224f, .225f];
        var scale = tensor(deviation.Select(d => d / .5f).ToArray(), [1, 3, 1, 1]);
        var shift = tensor(mean.Select(m => (m - .5f) / .5f).ToArray(), [1, 3, 1, 1]);
        var average = Filled().call((NamedWeights.Input(64) * scale) + shift).mean([2L, 3L]).ToFloats();
        Assert.Equal(.47109886, average.Average(v => (double)v), 1e-4);
        Assert.Equal(26.44890948, Math.Sqrt(average.Sum(v => (double)v * v)), 1e-3);
    }

    [Fact]
    public void Parameters_are_as_many_as_torchvisions()
    {
        using var scope = NewDisposeScope();
        var network = BackboneCatalogue.Create("googlenet", null, new Initializer(1));
        Assert.Equal(5_599_904, network.parameters().Sum(p => p.numel()));
        Assert.Contains("inception4b.branch2.1.bn.running_var", network.state_dict().Keys);
        Assert.Contains("inception3a.branch4.1.conv.weight", network.state_dict().Keys);
    }

    [Theory]
    [InlineData(15, 2, 5, 1, 1024)]
    [InlineData(64, 2, 5, 2, 1024)]
    [InlineData(64, 1, 5, 4, 1024)]
    [InlineData(227, 2, 5, 7, 1024)]
    [InlineData(64, 2, 4, 4, 832)]
    [InlineData(64, 2, 3, 8, 480)]
    [InlineData(33, 1, 3, 8, 480)]
    public void Output_sides(int side, int stem, int stages, int expected, int channels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = BackboneCatalogue.Create("googlenet", new JsonObject { ["inputSize"] = side, ["stemStride"] = stem, ["stages"] = stages }, new Initializer(1));
        network.eval();
        Assert.Equal(expected, network.FeatureMapSide);
        Assert.Equal([1, channels, expected, expected], network.call(zeros([1, 3, side, side])).shape);
    }

    [Fact]
    public void Frozen_batch_norm_keeps_its_statistics_in_training()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        foreach (var frozen in new[] { true, false })
        {
            var network = EmbeddingNetwork.Create("googlenet", new JsonObject { ["inputSize"] = 32, ["freezeBatchNorm"] = frozen }, new JsonObject { ["dimension"] = 8 }, 1);
            network.SetTraining(true);
            network.call(randn([4, 3, 32, 32])).sum().backward();
            var mean = network.state_dict()["backbone.conv1.bn.running_mean"].ToFloats();
            Assert.Equal(frozen, mean.All(v => v == 0));
            Assert.Equal(frozen, network.named_parameters().Single(p => p.name == "backbone.conv1.bn.weight").parameter.grad is null);
        }
    }

    [Theory]
    [InlineData("inputSize", 14)]
    [InlineData("stemStride", 3)]
    [InlineData("stages", 2)]
    public void Options_out_of_range_are_refused(string option, int value) =>
        Assert.Throws<RecipeException>(() => BackboneCatalogue.Create("googlenet", new JsonObject { [option] = value }, new Initializer(1)));

    private static GoogLeNet Filled()
    {
        var network = (GoogLeNet)BackboneCatalogue.Create("googlenet", new JsonObject { ["inputSize"] = 64 }, new Initializer(1));
        foreach (var (name, parameter) in network.named_parameters().Where(p => p.parameter.dim() == 4))
        {
            var fanIn = parameter.numel() / parameter.shape[0];
            parameter.FromFloats([.. NamedWeights.Draw(name, parameter.numel()).Select(u => (float)(Math.Sqrt(12) * Math.Sqrt(2.0 / fanIn) * u))]);
        }

        network.eval();
        return network;
    }

    private static void Close(double[] expected, float[] actual)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-4);
        }
    }

    private static void Statistics(float[] values, double mean, double deviation)
    {
        var average = values.Average(v => (double)v);
        Assert.Equal(mean, average, 1e-4);
        Assert.Equal(deviation, Math.Sqrt(values.Average(v => (v - average) * (v - average))), 1e-4);
    }
}
