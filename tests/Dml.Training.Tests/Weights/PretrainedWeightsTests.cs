using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Tests.Backbones;
using Dml.Training.Torch;
using Dml.Training.Weights;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Weights;

public sealed class PretrainedWeightsTests : IDisposable
{
    private const string BvlcGoogLeNet = "googlenet-bvlc-imagenet.safetensors";
    private const string VitTiny = "vit-tiny-p16-224-imagenet.safetensors";
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("vit-tiny", VitTiny, 150, "head_bias", "head_weight")]
    [InlineData("googlenet-caffe", BvlcGoogLeNet, 114, "loss3/classifier.bias", "loss3/classifier.weight")]
    public void A_published_file_loads_completely(string name, string file, int tensors, params string[] leftOut)
    {
        var path = TestData.PathOrSkip(file);
        using var scope = NewDisposeScope();
        var backbone = BackboneCatalogue.Create(name, null, new Initializer(1));
        var report = PretrainedWeights.Load(backbone, path);
        Assert.Equal(tensors, report.Loaded.Count);
        Assert.Equal(leftOut, report.LeftOut);
        Assert.False(report.PositionsResized);
        var written = SafetensorsFile.Load(path).Tensors;
        Assert.All(backbone.state_dict(), t =>
            Assert.Equal((written.GetValueOrDefault(t.Key) ?? written[t.Key.Replace('.', '_')]).ToFloats(), t.Value.ToFloats()));
    }

    [Fact]
    public void Positions_of_another_input_size_are_interpolated()
    {
        var path = TestData.PathOrSkip(VitTiny);
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

    public static TheoryData<string> Names => SmallNetworks.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_backbone_loads_its_tensors_by_every_spelling_of_their_names(string name)
    {
        using var scope = NewDisposeScope();
        var source = Small(name, 1).state_dict().ToDictionary(t => t.Key, t => t.Value.ToSafetensors());
        Func<string, string>[] spellings =
        [
            n => n,
            n => n.Replace('.', '_').Replace('/', '_'),
            n => "backbone." + n,
            n => "module.model." + n,
        ];
        foreach (var spelling in spellings)
        {
            var path = Save(
                source.Append(new("head.weight", SafetensorsTensor.From([1f], 1))).ToDictionary(t => spelling(t.Key), t => t.Value));
            var target = Small(name, 2);
            Assert.Equal([spelling("head.weight")], PretrainedWeights.Load(target, path).LeftOut);
            Assert.All(target.state_dict(), t => Assert.Equal(source[t.Key].ToFloats(), t.Value.ToFloats()));
        }
    }

    [Fact]
    public void Whatever_does_not_fit_is_named_and_nothing_is_loaded()
    {
        using var scope = NewDisposeScope();
        var tensors = Tiny(1).state_dict().ToDictionary(t => t.Key, t => t.Value.ToSafetensors());
        tensors.Remove("norm.bias");
        tensors["blocks.7.norm1.bias"] = SafetensorsTensor.From(new float[16], 16);
        tensors["norm.weight"] = SafetensorsTensor.From(new float[17], 17);
        var path = Save(tensors);
        var target = Tiny(2);
        var before = target.state_dict().ToDictionary(t => t.Key, t => t.Value.ToFloats());
        var error = Assert.Throws<InvalidDataException>(() => PretrainedWeights.Load(target, path));
        Assert.Contains("missing: norm.bias.", error.Message, StringComparison.Ordinal);
        Assert.Contains("not the network's: blocks.7.norm1.bias.", error.Message, StringComparison.Ordinal);
        Assert.Contains("norm.weight is [17] in the file and [16] in the network", error.Message, StringComparison.Ordinal);
        Assert.All(target.state_dict(), t => Assert.Equal(before[t.Key], t.Value.ToFloats()));
    }

    [Fact]
    public void Distilled_weights_are_not_taken_for_plain_ones()
    {
        using var scope = NewDisposeScope();
        var path = Save(Small("deit-tiny-distilled", 1).state_dict().ToDictionary(t => t.Key, t => t.Value.ToSafetensors()));
        Assert.Contains(
            "dist_token", Assert.Throws<InvalidDataException>(() => PretrainedWeights.Load(Small("deit-tiny", 2), path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_kept_as_rows_load_counters_may_be_missing_and_the_classifier_is_left_out()
    {
        using var scope = NewDisposeScope();
        var source = Small("bn-inception", 1)
            .state_dict()
            .Where(t => !t.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .ToDictionary(t => t.Key, t => t.Value.ToSafetensors());
        var rows = source.ToDictionary(
            t => t.Key, t => t.Key.Contains("_bn.", StringComparison.Ordinal) ? t.Value with { Shape = [1, .. t.Value.Shape] } : t.Value);
        rows["last_linear.bias"] = SafetensorsTensor.From([1f], 1);
        var target = Small("bn-inception", 2);
        Assert.Equal(["last_linear.bias"], PretrainedWeights.Load(target, Save(rows)).LeftOut);
        Assert.All(source, t => Assert.Equal(t.Value.ToFloats(), target.state_dict()[t.Key].ToFloats()));
    }

    [Fact]
    public void A_shortened_googlenet_takes_the_whole_ones_weights()
    {
        using var scope = NewDisposeScope();
        var source = BackboneCatalogue.Create("googlenet", new JsonObject { ["inputSize"] = 32 }, new Initializer(1));
        var path = _folder.File("weights.safetensors");
        NetworkWeights.Save(source, path);
        var target = BackboneCatalogue.Create("googlenet", new JsonObject { ["inputSize"] = 32, ["stages"] = 3 }, new Initializer(2));
        var report = PretrainedWeights.Load(target, path);
        Assert.All(report.LeftOut, name => Assert.Matches("^inception[45]", name));
        Assert.All(target.state_dict(), t => Assert.Equal(source.state_dict()[t.Key].ToFloats(), t.Value.ToFloats()));
    }

    [Fact]
    public void Two_spellings_of_one_name_are_refused()
    {
        using var scope = NewDisposeScope();
        var tensors = Tiny(1).state_dict().ToDictionary(t => t.Key, t => t.Value.ToSafetensors());
        tensors["norm_bias"] = tensors["norm.bias"];
        Assert.Contains(
            "norm_bias", Assert.Throws<InvalidDataException>(() => PretrainedWeights.Load(Tiny(2), Save(tensors))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_another_network_is_refused()
    {
        using var scope = NewDisposeScope();
        var path = _folder.File("weights.safetensors");
        NetworkWeights.Save(Tiny(1), path);
        var error = Assert.Throws<InvalidDataException>(() =>
            PretrainedWeights.Load(BackboneCatalogue.Create("googlenet", null, new Initializer(1)), path));
        Assert.Contains("another network", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private string Save(Dictionary<string, SafetensorsTensor> tensors)
    {
        var path = _folder.File("weights.safetensors");
        SafetensorsFile.Save(path, new SafetensorsContent(tensors, new Dictionary<string, string>()));
        return path;
    }

    private static Backbone Small(string name, int seed) =>
        BackboneCatalogue.Create(name, SmallNetworks.Options(name), new Initializer(seed));

    private static Backbone Tiny(int seed) =>
        BackboneCatalogue.Create(
            "deit-tiny",
            new JsonObject
            {
                ["inputSize"] = 16,
                ["patchSize"] = 8,
                ["width"] = 16,
                ["heads"] = 2,
                ["depth"] = 1,
            },
            new Initializer(seed));
}
