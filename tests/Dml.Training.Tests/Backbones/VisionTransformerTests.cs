using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

public sealed class VisionTransformerTests
{
    // Printed by PyTorch in double precision.
    [Fact]
    public void Plain_tiny_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (seen, tokens) = Run(Filled(distilled: false));
        Close([-.06009741, .01761120, -.02018187], seen["tokens"]);
        Close([.59773963, -.25873190, .34963257], seen["tokens"][192..]);
        Close([-.64160514, .29151313, -.49734057], seen["tokens"][(196 * 192)..]);
        Close([-1.35673759, -.03069418, -.26913196], seen["block 0"]);
        var mean = seen["block 0"].Average(v => (double)v);
        Assert.Equal(.00011134, mean, 1e-4);
        Assert.Equal(1.16529808, Math.Sqrt(seen["block 0"].Average(v => (v - mean) * (v - mean))), 1e-4);
        Close([-1.40545782, -1.07041818, -1.07901890, .84293861, -1.21597084], tokens);
        Close([.38427503, -1.37676009, -.34634736], tokens[192..]);
        Close(
            [-.54507348, -.81591131, -.85401050],
            [.. Enumerable.Range(0, 3).Select(c => (float)Enumerable.Range(1, 196).Average(t => (double)tokens[(t * 192) + c]))]);
    }

    // Printed by PyTorch in double precision.
    [Fact]
    public void Distilled_tiny_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (seen, tokens) = Run(Filled(distilled: true));
        Close([.60596753, -.25497714, .37607757], seen["tokens"][(2 * 192)..]);
        Close([-1.39410244, -.05496195, -.28059828], seen["block 0"]);
        Close([-1.37708792, -1.05601580, -1.07213485, .84448710, -1.21410268], tokens);
        Close([-.81342300, -.15162006, .20061556], tokens[192..]);
    }

    [Fact]
    public void The_feature_is_the_class_token_or_the_mean_of_both()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var input = NamedWeights.Input(224);
        Close([-1.37708792, -1.05601580], Filled(distilled: true).call(input).ToFloats());
        Close(
            [(-1.37708792 - .81342300) / 2, (-1.05601580 - .15162006) / 2], Filled(distilled: true, average: true).call(input).ToFloats());
    }

    [Theory]
    [InlineData("deit-tiny", 5_524_416)]
    [InlineData("deit-tiny-distilled", 5_524_800)]
    [InlineData("deit-small", 21_665_664)]
    [InlineData("deit-small-distilled", 21_666_432)]
    [InlineData("deit-base", 85_798_656)]
    [InlineData("deit-base-distilled", 85_800_192)]
    [InlineData("vit-tiny", 5_524_416)]
    [InlineData("vit-small", 21_665_664)]
    [InlineData("vit-base", 85_798_656)]
    [InlineData("dinov2-small", 21_628_800)]
    [InlineData("dinov2-small-registers", 21_630_336)]
    [InlineData("clip-vit-b32", 87_849_216)]
    public void Parameters_are_as_many_as_published(string name, long expected) => Assert.Equal(expected, ParameterCount.Of(name));

    [Theory]
    [InlineData("inputSize", 100)]
    [InlineData("patchSize", 0)]
    [InlineData("heads", 5)]
    [InlineData("depth", 0)]
    [InlineData("registers", -1)]
    [InlineData("projection", -1)]
    public void Options_out_of_range_are_refused(string option, int value) =>
        Assert.Throws<RecipeException>(() =>
            BackboneCatalogue.Create("deit-tiny", new JsonObject { [option] = value }, new Initializer(1)));

    // Printed by a forward pass written apart from this one in PyTorch 1.13.1, around its nn.MultiheadAttention, in double precision.
    [Fact]
    public void Dinov2_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        var (seen, feature) = Small("dinov2-small", 56, 14);
        ReferenceCheck.Like([-.60097408, .17611201, -.20181872, -.03096227, -.31733986], -.01198298, .91059359, seen["tokens"]);
        ReferenceCheck.Like([-.92715808, .17671216, -.31200516, .1505053, -.59993471], -.05298722, 1.00436721, seen["block 0"]);
        ReferenceCheck.Like([-1.89725147, -.33434762, -.10789927, .46552018, -.27293878], -.06502599, .79050664, feature);
    }

    [Fact]
    public void Dinov2_with_registers_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        var (seen, feature) = Small("dinov2-small-registers", 56, 14);
        ReferenceCheck.Like([-.60097408, .17611201, -.20181872, -.03096227, -.31733986], -.01583631, .82371376, seen["tokens"]);
        ReferenceCheck.Like([-.85242073, .22065257, -.42718728, .22509845, -.59807136], -.06740391, .90938185, seen["block 0"]);
        ReferenceCheck.Like([-1.84790385, -.4172246, -.25082987, .4352511, -.13161651], -.06410753, .77977485, feature);
    }

    [Fact]
    public void The_image_tower_of_clip_equals_the_reference()
    {
        using var scope = NewDisposeScope();
        var (seen, feature) = Small("clip-vit-b32", 64, 16, projection: 10);
        Assert.Equal(10, feature.Length);
        ReferenceCheck.Like([-.97437716, .62705275, -.39731228, .09189429, -.67945968], .00435176, .78928186, seen["tokens"]);
        ReferenceCheck.Like([-1.24340439, 1.35270445, -.21160927, .40519011, -1.05049401], -.21036148, .95374805, seen["block 0"]);
        ReferenceCheck.Like([-1.79477496, -.51024813, -1.45350072, -.13522302, 1.22886126], -.37770704, 1.17728251, feature);
    }

    private static (Dictionary<string, float[]> Seen, float[] Feature) Small(string name, int side, int patch, int projection = 0)
    {
        using var noGradient = no_grad();
        var options = new JsonObject
        {
            ["inputSize"] = side,
            ["patchSize"] = patch,
            ["width"] = 24,
            ["heads"] = 2,
            ["depth"] = 3,
            ["projection"] = projection,
        };
        var network = ReferenceCheck.FillAll((VisionTransformer)BackboneCatalogue.Create(name, options, new Initializer(1)));
        var seen = new Dictionary<string, float[]>();
        network.Tokens(NamedWeights.Input(side), (layer, tensor) => seen[layer] = tensor.ToFloats());
        return (seen, network.call(NamedWeights.Input(side)).ToFloats());
    }

    private static (Dictionary<string, float[]> Seen, float[] Tokens) Run(VisionTransformer network)
    {
        var seen = new Dictionary<string, float[]>();
        return (seen, network.Tokens(NamedWeights.Input(224), (name, tensor) => seen[name] = tensor.ToFloats()).ToFloats());
    }

    private static VisionTransformer Filled(bool distilled, bool average = false)
    {
        var network = (VisionTransformer)BackboneCatalogue.Create(
            "deit-tiny", new JsonObject { ["distilled"] = distilled, ["averageDistToken"] = average }, new Initializer(1));
        foreach (var (name, parameter) in network.named_parameters().Where(p => !p.name.Contains("norm", StringComparison.Ordinal)))
        {
            var scale = parameter.dim() == 1 || name.EndsWith("token", StringComparison.Ordinal) || name == "pos_embed"
                ? 0.02
                : Math.Sqrt((double)parameter.shape[0] / parameter.numel());
            parameter.FromFloats([.. NamedWeights.Draw(name, parameter.numel()).Select(u => (float)(Math.Sqrt(12) * scale * u))]);
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
}
