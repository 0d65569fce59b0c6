using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

public sealed class BnInceptionTests
{
    // Printed by PyTorch in double precision.
    [Fact]
    public void The_feature_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = ReferenceCheck.Fill(
            (BnInception)BackboneCatalogue.Create("bn-inception", new JsonObject { ["inputSize"] = 64 }, new Initializer(1)));
        var average = network.call(NamedWeights.Input(64)).mean([2L, 3L]).ToFloats();
        Assert.Equal(.32349271, average.Average(v => (double)v), 1e-4);
        ReferenceCheck.Close([0, .41661625, .17948298, 0, .46852272], average);
        Assert.Equal(17.83905266, ReferenceCheck.Length(average), 1e-3);
    }

    [Fact]
    public void Parameters_and_names_are_the_ports()
    {
        using var scope = NewDisposeScope();
        var network = BackboneCatalogue.Create("bn-inception", null, new Initializer(1));
        Assert.Equal(10_270_240, network.parameters().Sum(p => p.numel()));
        Assert.Contains("inception_3a_double_3x3_reduce.bias", network.state_dict().Keys);
        Assert.Contains("inception_3a_double_3x3_reduce_bn.running_var", network.state_dict().Keys);
    }

    [Theory]
    [InlineData(32, 1)]
    [InlineData(224, 7)]
    [InlineData(227, 7)]
    public void Output_sides(int side, int expected)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = BackboneCatalogue.Create("bn-inception", new JsonObject { ["inputSize"] = side }, new Initializer(1));
        network.eval();
        Assert.Equal(expected, network.FeatureMapSide);
        Assert.Equal([1, 1024, expected, expected], network.call(zeros([1, 3, side, side])).shape);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(72)]
    public void Sides_that_the_halving_blocks_disagree_on_are_refused(int side) =>
        Assert.Contains(
            $"{side}",
            Assert
                .Throws<RecipeException>(() =>
                    BackboneCatalogue.Create("bn-inception", new JsonObject { ["inputSize"] = side }, new Initializer(1)))
                .Message,
            StringComparison.Ordinal);
}
