using System.Text.Json.Nodes;

namespace Dml.Embedding.Tests;

public sealed class EmbedderManifestTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void What_is_saved_is_loaded()
    {
        Preprocessing preprocessing = new()
        {
            InputSize = 8,
            Resize = ResizeRule.ShortSideCrop,
            Channels = ChannelOrder.Bgr,
            Mean = [0.1f, 0.2f, 0.3f],
            Std = [1, 2, 3],
        };
        File.WriteAllBytes(Path.Combine(_temporary.Path, EmbedderManifest.NetworkFileName), [1, 2, 3]);
        var saved = EmbedderManifest.Describe(
            _temporary.Path, "emoji", 5, preprocessing, new JsonObject { ["loss"] = "proxy-anchor" }, new JsonObject { ["r1"] = 0.5 });
        saved.Save(_temporary.Path);

        var loaded = EmbedderManifest.Load(_temporary.Path);
        Assert.Equal(("emoji", 5, saved.Sha256, saved.Fingerprint), (loaded.Name, loaded.Dimension, loaded.Sha256, loaded.Fingerprint));
        Assert.Equal((8, ResizeRule.ShortSideCrop, ChannelOrder.Bgr),
            (loaded.Preprocessing.InputSize, loaded.Preprocessing.Resize, loaded.Preprocessing.Channels));
        Assert.Equal(preprocessing.Mean, loaded.Preprocessing.Mean);
        Assert.Equal(preprocessing.Std, loaded.Preprocessing.Std);
        Assert.Equal("proxy-anchor", (string?)loaded.Training!["loss"]);
        Assert.Equal(0.5, (double?)loaded.Figures!["r1"]);
        // printf '\1\2\3' | sha256sum
        Assert.Equal("039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81", loaded.Sha256);
        Assert.False(File.Exists(Path.Combine(_temporary.Path, "model.json.tmp")));
    }

    [Fact]
    public void The_json_is_camel_case()
    {
        Save();
        var json = Json();
        Assert.Equal(
            ["name", "dimension", "preprocessing", "sha256", "fingerprint"],
            json.Where(member => member.Value is not null).Select(member => member.Key));
        Assert.Equal(["inputSize", "resize", "mean", "std", "channels"], ((JsonObject)json["preprocessing"]!).Select(member => member.Key));
        Assert.Equal(("squash", "rgb"), ((string?)json["preprocessing"]!["resize"], (string?)json["preprocessing"]!["channels"]));
    }

    [Fact]
    public void The_fingerprint_changes_with_everything_that_changes_vectors()
    {
        var manifest = Save();
        EmbedderManifest[] different =
        [
            manifest with { Sha256 = new string('0', 64) },
            manifest with { Dimension = 6 },
            manifest with { Preprocessing = manifest.Preprocessing with { InputSize = 9 } },
            manifest with { Preprocessing = manifest.Preprocessing with { Resize = ResizeRule.Pad } },
            manifest with { Preprocessing = manifest.Preprocessing with { Channels = ChannelOrder.Bgr } },
            manifest with { Preprocessing = manifest.Preprocessing with { Mean = [0.5f, 0.5f, 0.4f] } },
            manifest with { Preprocessing = manifest.Preprocessing with { Std = [0.5f, 0.5f, 0.4f] } },
        ];
        Assert.Equal(8, different.Append(manifest).Select(one => one.Fingerprint).Distinct().Count());
        Assert.Equal(manifest.Fingerprint, (manifest with { Name = "other", Figures = [], Training = [] }).Fingerprint);
        Assert.Matches("^[0-9a-f]{64}$", manifest.Fingerprint);
    }

    [Theory]
    [InlineData("inputSize", "0", "inputSize must be 1 to 4096")]
    [InlineData("inputSize", "-3", "inputSize must be 1 to 4096")]
    [InlineData("mean", "[0.5]", "mean must be three")]
    [InlineData("std", "[0.5,0,0.5]", "std must be three numbers above zero")]
    [InlineData("std", "null", "std")]
    [InlineData("resize", "\"stretch\"", "resize")]
    [InlineData("rezise", "\"pad\"", "rezise")]
    public void Wrong_preprocessing(string member, string value, string expected)
    {
        Save();
        var json = Json();
        json["preprocessing"]![member] = JsonNode.Parse(value);
        json.Remove("fingerprint");
        Refused(json.ToJsonString(), expected);
    }

    [Theory]
    [InlineData("inputSize")]
    [InlineData("resize")]
    [InlineData("mean")]
    [InlineData("std")]
    [InlineData("channels")]
    public void Missing_preprocessing(string member)
    {
        Save();
        var json = Json();
        ((JsonObject)json["preprocessing"]!).Remove(member);
        Refused(json.ToJsonString(), member);
    }

    [Theory]
    [InlineData("name", "\"\"", "name must be")]
    [InlineData("name", "\"../evil\"", "name must be")]
    [InlineData("dimension", "0", "dimension must be")]
    [InlineData("sha256", "\"abc\"", "sha256 must be")]
    [InlineData("dimenson", "3", "dimenson")]
    [InlineData("fingerprint", "\"00\"", "changed by hand")]
    [InlineData("dimension", "6", "changed by hand")]
    public void Wrong_members(string member, string value, string expected)
    {
        Save();
        var json = Json();
        json[member] = JsonNode.Parse(value);
        Refused(json.ToJsonString(), expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"name\":\"x\"")]
    [InlineData("[1]")]
    public void No_manifest_at_all(string text) => Refused(text, "is not a valid manifest");

    [Fact]
    public void A_file_that_is_too_large_for_a_manifest()
    {
        Save();
        Refused(Json().ToJsonString() + new string(' ', 5 << 20), "has more than 4194304 bytes");
    }

    [Fact]
    public void A_removed_fingerprint_is_computed_again()
    {
        var manifest = Save();
        var json = Json();
        json.Remove("fingerprint");
        File.WriteAllText(ManifestPath, json.ToJsonString());
        Assert.Equal(manifest.Fingerprint, EmbedderManifest.Load(_temporary.Path).Fingerprint);
    }

    private string ManifestPath => Path.Combine(_temporary.Path, EmbedderManifest.FileName);

    private EmbedderManifest Save()
    {
        File.WriteAllBytes(Path.Combine(_temporary.Path, EmbedderManifest.NetworkFileName), [1, 2, 3]);
        var manifest = EmbedderManifest.Describe(_temporary.Path, "tiny", 5, new Preprocessing { InputSize = 8 });
        manifest.Save(_temporary.Path);
        return manifest;
    }

    private JsonObject Json() => (JsonObject)JsonNode.Parse(File.ReadAllText(ManifestPath))!;

    private void Refused(string json, string expected)
    {
        File.WriteAllText(ManifestPath, json);
        var message = Assert.Throws<EmbedderException>(() => EmbedderManifest.Load(_temporary.Path)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("model.json", message, StringComparison.Ordinal);
    }
}
