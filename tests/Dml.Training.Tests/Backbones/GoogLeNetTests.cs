using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

public sealed class GoogLeNetTests
{
    [Fact]
    public void The_generator_is_the_references() =>
        Assert.Equal(
            [-.33709276, -.08875245, -.43685735, .25915076], NamedWeights.Draw("conv1.conv.weight", 4).Select(v => Math.Round(v, 8)));

    // Printed by PyTorch in double precision.
    [Fact]
    public void Layer_outputs_equal_the_reference()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = Filled();
        var seen = new Dictionary<string, float[]>();
        var features = network.forward(NamedWeights.Input(64), (name, tensor) => seen[name] = tensor.ToFloats());
        ReferenceCheck.Statistics(seen["conv1"], .39680447, .57688606);
        ReferenceCheck.Statistics(seen["maxpool2"], 1.13322742, 1.23391611);
        ReferenceCheck.Close([.36783973, .44622323, .64583256], seen["maxpool2"]);
        ReferenceCheck.Statistics(seen["inception3a"], .87605500, 1.29040320);
        ReferenceCheck.Statistics(seen["inception4e"], .97341665, 1.48159789);
        ReferenceCheck.Statistics(seen["inception5b"], .99286933, 1.59619722);
        Assert.Equal([1, 1024, 2, 2], features.shape);
        var average = features.mean([2L, 3L]).ToFloats();
        ReferenceCheck.Close([0, 2.49249001, 2.50393700, 0, 3.13728021], average);
        Assert.Equal(55.71121896, ReferenceCheck.Length(average), 1e-3);
        var maximum = features.amax([2L, 3L]).ToFloats();
        ReferenceCheck.Close([0, 3.48555112, 4.60313971, 0, 3.69872679], maximum);
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
        Assert.Equal(26.44890948, ReferenceCheck.Length(average), 1e-3);
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
        var network = BackboneCatalogue.Create(
            "googlenet",
            new JsonObject
            {
                ["inputSize"] = side,
                ["stemStride"] = stem,
                ["stages"] = stages,
            },
            new Initializer(1));
        network.eval();
        Assert.Equal(expected, network.FeatureMapSide);
        Assert.Equal([1, channels, expected, expected], network.call(zeros([1, 3, side, side])).shape);
    }

    [Theory]
    [InlineData("inputSize", 14)]
    [InlineData("stemStride", 3)]
    [InlineData("stages", 2)]
    public void Options_out_of_range_are_refused(string option, int value) =>
        Assert.Throws<RecipeException>(() =>
            BackboneCatalogue.Create("googlenet", new JsonObject { [option] = value }, new Initializer(1)));

    private static GoogLeNet Filled() =>
        ReferenceCheck.Fill((GoogLeNet)BackboneCatalogue.Create("googlenet", new JsonObject { ["inputSize"] = 64 }, new Initializer(1)));
}
