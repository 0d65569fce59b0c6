using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

public sealed class CaffeGoogLeNetTests
{
    // Printed by PyTorch 1.13.1 in double precision. The input is a hundred times the usual one, as large as pixels are:
    // local response normalisation hardly changes small values, and would not be missed.
    [Fact]
    public void Layer_outputs_equal_the_reference()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = ReferenceCheck.Fill(
            (CaffeGoogLeNet)BackboneCatalogue.Create("googlenet-caffe", new JsonObject { ["inputSize"] = 64 }, new Initializer(1)));
        var seen = new Dictionary<string, float[]>();
        var features = network.forward(NamedWeights.Input(64) * 100, (name, tensor) => seen[name] = tensor.ToFloats());
        ReferenceCheck.Statistics(seen["conv1/7x7_s2"], 37.00351636, 53.95362861, 1e-3);
        ReferenceCheck.Statistics(seen["pool1/norm1"], 48.06923424, 33.30932518, 1e-3);
        ReferenceCheck.Close([77.11269849, 79.24878424, 79.34653454], seen["pool1/norm1"], 1e-3);
        ReferenceCheck.Statistics(seen["conv2/norm2"], 20.78825371, 30.58222539, 1e-3);
        ReferenceCheck.Close([43.76853358, 43.76853358, 38.64243379], seen["pool2/3x3_s2"], 1e-3);
        ReferenceCheck.Statistics(seen["inception_3a"], 21.39150028, 30.34969833, 1e-3);
        ReferenceCheck.Statistics(seen["inception_4e"], 28.32117606, 42.60674013, 1e-3);
        ReferenceCheck.Statistics(seen["inception_5b"], 28.26340594, 44.66992371, 1e-3);
        Assert.Equal([1, 1024, 2, 2], features.shape);
        var average = features.mean([2L, 3L]).ToFloats();
        ReferenceCheck.Close([0, 110.97714121, 86.75675830, 0, 93.01299209], average, 2e-3);
        Assert.Equal(1573.09759819, ReferenceCheck.Length(average), 2e-2);
    }

    [Fact]
    public void Parameters_are_as_many_as_the_bvlc_model_has_without_its_classifier()
    {
        using var scope = NewDisposeScope();
        var network = BackboneCatalogue.Create("googlenet-caffe", null, new Initializer(1));
        Assert.Equal(6_998_552 - 1_025_000, network.parameters().Sum(p => p.numel()));
        Assert.Equal(114, network.state_dict().Count);
        Assert.All(network.named_parameters().Where(p => p.parameter.dim() == 1), p =>
            Assert.All(p.parameter.ToFloats(), v => Assert.Equal(0.2f, v)));
    }

    [Fact]
    public void Pixels_are_blue_green_red_less_their_means()
    {
        var preprocessing = new CaffeGoogLeNet(new() { InputSize = 31 }, new Initializer(1)).Preprocessing with { InputSize = 1 };
        Assert.Equal(ChannelOrder.Bgr, preprocessing.Channels);
        var chw = new float[3];
        preprocessing.Normalize([10, 120, 250], chw);
        ReferenceCheck.Close([250 - 104, 120 - 117, 10 - 123], chw);
    }

    [Theory]
    [InlineData(31, 1)]
    [InlineData(64, 2)]
    [InlineData(224, 7)]
    [InlineData(227, 7)]
    public void Output_sides(int side, int expected)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = BackboneCatalogue.Create("googlenet-caffe", new JsonObject { ["inputSize"] = side }, new Initializer(1));
        Assert.Equal(expected, network.FeatureMapSide);
        Assert.Equal([1, 1024, expected, expected], network.call(zeros([1, 3, side, side])).shape);
    }

    [Fact]
    public void Too_small_an_input_is_refused() =>
        Assert.Throws<RecipeException>(() =>
            BackboneCatalogue.Create("googlenet-caffe", new JsonObject { ["inputSize"] = 30 }, new Initializer(1)));
}
