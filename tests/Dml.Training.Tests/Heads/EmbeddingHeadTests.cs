using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Heads;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Heads;

public sealed class EmbeddingHeadTests
{
    // Two channels of 2 x 2: means 3 and -2.5, maxima 6 and -1.
    private static readonly float[] Map = [1, 2, 3, 6, -1, -2, -3, -4];

    public static TheoryData<string> Names => [.. HeadCatalogue.All.Select(h => h.Name)];

    [Theory]
    [InlineData("average", 1, new[] { 3f, -2.5f })]
    [InlineData("average-max", 1, new[] { 9f, -3.5f })]
    [InlineData("average", 2, new[] { 1f, 2, 3, 6, -1, -2, -3, -4 })]
    [InlineData("average-max", 2, new[] { 2f, 4, 6, 12, -2, -4, -6, -8 })]
    public void A_map_is_pooled_whole_or_by_the_cells_of_a_grid(string pooling, int grid, float[] expected)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var options = new JsonObject { ["pooling"] = pooling, ["grid"] = grid };
        Assert.Equal(expected, Create("none", options).call(tensor(Map, [1, 2, 2, 2])).ToFloats());
        var length = Math.Sqrt(expected.Sum(v => (double)v * v));
        var unit = Create("l2", options.DeepClone().AsObject()).call(tensor(Map, [1, 2, 2, 2])).ToFloats();
        Assert.All(expected.Zip(unit), pair => Assert.Equal(pair.First / length, pair.Second, 1e-6));
    }

    [Theory]
    [InlineData("linear", new[] { 3f, -2.5f })]
    [InlineData("average-max", new[] { 9f, -3.5f })]
    public void The_linear_layer_comes_between_pooling_and_norm(string name, float[] pooled)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var head = Create(name, new JsonObject { ["dimension"] = 3 });
        var weight = head.state_dict()["linear.weight"].ToFloats();
        head.state_dict()["linear.bias"].FromFloats([.5f, -.25f, .125f]);
        var feature = new float[1024];
        pooled.CopyTo(feature, 0);
        var map = zeros([1, 1024, 2, 2]);
        map.narrow(1, 0, 2).copy_(tensor(Map, [1, 2, 2, 2]));
        double[] expected = [.5, -.25, .125];
        for (var o = 0; o < 3; o++)
        {
            expected[o] += feature.Select((value, i) => (double)value * weight[(o * 1024) + i]).Sum();
        }

        var length = Math.Sqrt(expected.Sum(v => v * v));
        Assert.All(expected.Zip(head.call(map).ToFloats()), pair => Assert.Equal(pair.First / length, pair.Second, 1e-5));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_head_says_its_dimension_and_whether_lengths_are_one(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var head = Create(name, []);
        manual_seed(1);
        var embedding = head.call(randn([3, 1024, 2, 2])).ToFloats();
        Assert.Equal(3 * head.Dimension, embedding.Length);
        Assert.Equal(name != "none", head.GivesUnitVectors);
        Assert.All(embedding.Chunk(head.Dimension), row =>
            Assert.Equal(head.GivesUnitVectors, Math.Abs(row.Sum(v => (double)v * v) - 1) < 1e-5));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_grid_that_does_not_divide_the_map_is_refused(string name) =>
        Assert.Throws<RecipeException>(() => Create(name, new JsonObject { ["grid"] = 3 }));

    [Theory]
    [InlineData(0)]
    [InlineData(4097)]
    public void Dimensions_out_of_range_are_refused(int dimension) =>
        Assert.Throws<RecipeException>(() => Create("linear", new JsonObject { ["dimension"] = dimension }));

    private static EmbeddingHead Create(string name, JsonObject options) => HeadCatalogue.Create(
        new(name) { Options = options },
        BackboneCatalogue.Create("googlenet", new JsonObject { ["inputSize"] = 64 }, new Initializer(1)),
        new Initializer(2));
}
