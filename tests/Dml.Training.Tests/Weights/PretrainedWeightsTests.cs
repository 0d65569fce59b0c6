using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Weights;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Weights;

public sealed class PretrainedWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void A_published_vit_tiny_loads_completely()
    {
        var path = SharedWeights.PathOrSkip(SharedWeights.VitTiny);
        using var scope = NewDisposeScope();
        var backbone = BackboneCatalogue.Create("deit-tiny", new JsonObject { ["halfNormalization"] = true }, new Initializer(1));
        var report = PretrainedWeights.Load(backbone, path);
        Assert.Empty(report.Missing);
        Assert.Equal(150, report.Loaded.Count);
        Assert.Equal(["head_bias", "head_weight"], report.Ignored);
        Assert.False(report.PositionsResized);
        Assert.Equal(SafetensorsFile.Load(path).Tensors["blocks_7_attn_qkv_weight"].ToFloats(), backbone.state_dict()["blocks.7.attn.qkv.weight"].ToFloats());
    }

    [Fact]
    public void Positions_of_another_input_size_are_interpolated()
    {
        var path = SharedWeights.PathOrSkip(SharedWeights.VitTiny);
        using var scope = NewDisposeScope();
        var backbone = BackboneCatalogue.Create("deit-tiny", new JsonObject { ["inputSize"] = 96 }, new Initializer(1));
        var report = PretrainedWeights.Load(backbone, path);
        Assert.True(report.PositionsResized);
        var original = SafetensorsFile.Load(path).Tensors["pos_embed"].ToFloats();
        var resized = backbone.state_dict()["pos_embed"].ToFloats();
        Assert.Equal(37 * 192, resized.Length);
        Assert.Equal(original[..192], resized[..192]);
        Assert.Equal(PositionGrid.Resize(original.AsSpan(192), 14, 6, 192), resized[192..]);
    }

    [Fact]
    public void Exact_names_load_and_missing_ones_are_reported()
    {
        using var scope = NewDisposeScope();
        var source = Tiny(1);
        var path = folder.File("weights.safetensors");
        var tensors = source.state_dict().Where(t => t.Key != "norm.bias").ToDictionary(t => t.Key, t => t.Value.ToSafetensors());
        tensors["head.weight"] = SafetensorsTensor.From([1f], 1);
        SafetensorsFile.Save(path, new SafetensorsContent(tensors, new Dictionary<string, string>()));
        var target = Tiny(2);
        var report = PretrainedWeights.Load(target, path);
        Assert.Equal(["norm.bias"], report.Missing);
        Assert.Equal(["head.weight"], report.Ignored);
        foreach (var name in report.Loaded)
        {
            Assert.Equal(source.state_dict()[name].ToFloats(), target.state_dict()[name].ToFloats());
        }
    }

    [Fact]
    public void Weights_of_another_width_are_refused_and_change_nothing()
    {
        using var scope = NewDisposeScope();
        var path = folder.File("weights.safetensors");
        NetworkWeights.Save(Tiny(1), path);
        var other = BackboneCatalogue.Create("deit-tiny", new JsonObject { ["inputSize"] = 16, ["patchSize"] = 8, ["width"] = 24, ["heads"] = 2, ["depth"] = 1 }, new Initializer(2));
        var before = other.state_dict().ToDictionary(t => t.Key, t => t.Value.ToFloats());
        Assert.Throws<InvalidDataException>(() => PretrainedWeights.Load(other, path));
        Assert.All(other.state_dict(), t => Assert.Equal(before[t.Key], t.Value.ToFloats()));
    }

    [Fact]
    public void A_file_of_another_network_is_refused()
    {
        using var scope = NewDisposeScope();
        var path = folder.File("weights.safetensors");
        NetworkWeights.Save(Tiny(1), path);
        var error = Assert.Throws<InvalidDataException>(() => PretrainedWeights.Load(BackboneCatalogue.Create("googlenet", null, new Initializer(1)), path));
        Assert.Contains("another network", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static Backbone Tiny(int seed) => BackboneCatalogue.Create(
        "deit-tiny", new JsonObject { ["inputSize"] = 16, ["patchSize"] = 8, ["width"] = 16, ["heads"] = 2, ["depth"] = 1 }, new Initializer(seed));
}
