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
    [InlineData("max", 1, new[] { 6f, -1 })]
    [InlineData("max", 2, new[] { 1f, 2, 3, 6, -1, -2, -3, -4 })]
    [InlineData("gem", 1, new[] { 3.9790571f, 1e-6f })]
    [InlineData("average", 2, new[] { 1f, 2, 3, 6, -1, -2, -3, -4 })]
    [InlineData("average-max", 2, new[] { 2f, 4, 6, 12, -2, -4, -6, -8 })]
    public void A_map_is_pooled_whole_or_by_the_cells_of_a_grid(string pooling, int grid, float[] expected)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var options = new JsonObject { ["pooling"] = pooling, ["grid"] = grid };
        Assert.All(expected.Zip(Create("none", options).call(tensor(Map, [1, 2, 2, 2])).ToFloats()), pair =>
            Assert.Equal(pair.First, pair.Second, 1e-6));
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

    // Computed with PyTorch in double precision: GeM with p = 2, layer norm, and the MLP of fixed weights.
    [Theory]
    [InlineData("gem", new[] { 3.535534f, 1e-6f })]
    [InlineData("layer-norm", new[] { .999999f, -.999999f })]
    public void Pooled_features_are_prepared_as_their_papers_say(string name, float[] expected)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var head = Create(name, new JsonObject { ["dimension"] = 1024, ["power"] = 2 });
        head.state_dict()["linear.weight"].copy_(eye(1024));
        var map = zeros([1, 1024, 2, 2]);
        if (name == "gem")
        {
            map.narrow(1, 0, 2).copy_(tensor(Map, [1, 2, 2, 2]));
        }
        else
        {
            // Half of the channels above, half of them below the mean.
            map.narrow(1, 0, 512).fill_(5);
            map.narrow(1, 512, 512).fill_(1);
        }

        var got = head.Project(head.Pool(map)).ToFloats();
        Assert.Equal(expected[0], got[0], 1e-5);
        Assert.Equal(expected[1], name == "gem" ? got[1] : got[^1], 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_mlp_is_two_layers_with_a_rectifier_between(bool layerNorm)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var head = Create("mlp", new JsonObject { ["dimension"] = 3, ["hidden"] = 4, ["layerNorm"] = layerNorm });
        manual_seed(2);
        var feature = randn([2, 1024]);
        var values = feature.ToFloats().Chunk(1024).Select(row => row.Select(v => (double)v).ToArray()).ToArray();
        float[] Weights(string tensor) => head.state_dict()[tensor].ToFloats();
        head.state_dict()["hidden.bias"].FromFloats([.1f, -.2f, .3f, 0]);
        head.state_dict()["linear.bias"].FromFloats([.5f, 0, -.5f]);
        double[] Layer(double[] from, string name, int to) => [.. Enumerable.Range(0, to).Select(o =>
            Weights($"{name}.bias")[o] + from.Select((v, i) => v * Weights($"{name}.weight")[(o * from.Length) + i]).Sum())];
        double[] Normed(double[] row)
        {
            var (mean, deviation) = (row.Average(), Math.Sqrt(row.Average(v => v * v) - (row.Average() * row.Average()) + 1e-5));
            return [.. row.Select(v => (v - mean) / deviation)];
        }

        double[] expected = [.. values.SelectMany(row =>
            Layer([.. Layer(layerNorm ? Normed(row) : row, "hidden", 4).Select(v => Math.Max(0, v))], "linear", 3))];
        Assert.All(expected.Zip(head.Project(feature).ToFloats()), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Theory]
    [InlineData(40, 64)]
    [InlineData(64, 40)]
    public void Orthogonal_weights_are(int outputs, int inputs)
    {
        using var scope = NewDisposeScope();
        var weight = zeros(outputs, inputs);
        new Initializer(3).Orthogonal(weight);
        var products = outputs < inputs ? weight.matmul(weight.t()) : weight.t().matmul(weight);
        Assert.True((products - eye(40)).abs().max().item<float>() < 1e-5);
        var again = zeros(outputs, inputs);
        new Initializer(4).Orthogonal(again);
        Assert.True((again - weight).abs().max().item<float>() > .1);
    }

    [Fact]
    public void A_power_below_1_is_refused() =>
        Assert.Throws<RecipeException>(() => Create("gem", new JsonObject { ["power"] = .5 }));

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
