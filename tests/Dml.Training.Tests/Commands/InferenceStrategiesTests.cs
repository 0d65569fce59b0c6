using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Commands;
using Dml.Training.Data;
using Dml.Training.Evaluation;
using Dml.Training.Network;
using Dml.Training.Recipes;
using Dml.Training.Runs;
using Dml.Training.Tests.Backbones;
using Dml.Training.Tests.Evaluation;
using Dml.Training.Torch;
using Dml.Training.Weights;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Tests.Commands;

/// <summary>
/// <c>dml eval</c> with <c>--pool</c>, <c>--mirror</c> and <c>--beta</c> against the last block, the pooling and the ranking written out.
/// </summary>
public sealed class InferenceStrategiesTests : IDisposable
{
    private const int Side = 32;
    private const int Channels = 480;

    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly string _pretrained;

    public InferenceStrategiesTests()
    {
        using var scope = NewDisposeScope();
        WritePictures(_folder.File("pictures"));
        File.WriteAllText(
            _folder.File("tiny.json"),
            """
            {
              "dataset": { "name": "folders", "folder": "pictures" },
              "evaluation": { "resamples": 0, "clusterStarts": 0, "wallQueries": 1, "batchSize": 5 }
            }
            """);
        using var network = EmbeddingNetwork.Create("googlenet", Options(), null, seed: 3);
        SmallNetworks.Disturb(network);
        NetworkWeights.Save(network.Backbone, _folder.File("googlenet.safetensors"));
        _pretrained = $"googlenet,inputSize={Side},stages=3:{_folder.File("googlenet.safetensors")}";
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Workplace Workplace => new(_folder.Path, _folder.File("cache"), _output);

    private static JsonObject Options() => new() { ["inputSize"] = Side, ["stages"] = 3 };

    [Theory]
    [InlineData("with max=0.6,slope=0.75", .6, .75, false, 0, "--pool", "max=0.6,slope=0.75")]
    [InlineData("with mirror", 0, 0, true, 0, "--mirror")]
    [InlineData("with beta 0.3", 0, 0, false, .3, "--beta", "0.3")]
    [InlineData("with max=1,slope=0, mirror, beta 0.3", 1, 0, true, .3, "--beta", "0.3", "--mirror", "--pool", "max=1")]
    public async Task Figures_are_those_of_the_computation_written_out(
        string name, double greatest, double slope, bool mirror, double beta, params string[] arguments)
    {
        Assert.Equal(0, await Eval(["--pretrained", _pretrained, "--recipe", _folder.File("tiny.json"), "--json", .. arguments]));

        var columns = JsonNode.Parse(_output.ToString())!.AsArray();
        Assert.Equal([_pretrained, $"{_pretrained} {name}"], columns.Select(column => (string?)column!["embedder"]));
        Check(columns[0]!, Vectors(0, 0, false, 0, out var pictures), pictures);
        Check(columns[1]!, Vectors(greatest, slope, mirror, beta, out _), pictures);
        Assert.NotEqual((double)columns[0]!["figures"]!["mAP@all"]!, (double)columns[1]!["figures"]!["mAP@all"]!);
    }

    [Fact]
    public async Task Every_column_is_re_ranked()
    {
        Assert.Equal(
            0,
            await Eval(["--pretrained", _pretrained, "--recipe", _folder.File("tiny.json"), "--mirror", "--rerank", "6,2,0.4", "--json"]));
        Assert.Equal(
            [_pretrained, $"{_pretrained} re-ranked", $"{_pretrained} with mirror", $"{_pretrained} with mirror re-ranked"],
            JsonNode.Parse(_output.ToString())!.AsArray().Select(column => (string?)column!["embedder"]));
    }

    [Fact]
    public async Task What_has_no_feature_map_or_no_network_is_refused()
    {
        using (var scope = NewDisposeScope())
        {
            NetworkWeights.Save(
                BackboneCatalogue.Create("vit-tiny", SmallNetworks.Options("vit-tiny"), new Initializer(7)),
                _folder.File("vit.safetensors"));
        }

        string[] recipe = ["--recipe", _folder.File("tiny.json")];
        var token = await Assert.ThrowsAsync<RecipeException>(() =>
            Eval([
                .. recipe,
                "--pretrained",
                $"vit-tiny,inputSize=32,patchSize=8,width=24,heads=2,depth=2:{_folder.File("vit.safetensors")}",
                "--pool",
                "max=0.5",
            ]));
        Assert.Contains("feature map", token.Message, StringComparison.Ordinal);
        foreach (var embedder in (string[][])[["--pixels", "8"], [Path.Combine(Repository.Folder, "models/emoji")]])
        {
            Assert.Contains(
                "expected a run folder or --pretrained",
                (await Assert.ThrowsAsync<RecipeException>(() => Eval([.. recipe, .. embedder, "--mirror"]))).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_head_that_keeps_several_places_is_refused()
    {
        using var scope = NewDisposeScope();
        using var network = EmbeddingNetwork.Create(
            new("googlenet") { Options = Options() }, new("l2") { Options = new() { ["grid"] = 2 } }, seed: 1);
        Assert.Throws<RecipeException>(() => new InferenceEmbedder(network, new() { Pooling = new(.5, 0) }));
    }

    [Theory]
    [InlineData("0.5", null)]
    [InlineData("max=1.5", null)]
    [InlineData("max=0.5,slope=-1", null)]
    [InlineData("max=0.5,slope=0,slope=1", null)]
    [InlineData("max=NaN", null)]
    [InlineData(null, 0.0)]
    [InlineData(null, double.NaN)]
    public void A_choice_that_is_none_is_an_error(string? pool, double? beta) =>
        Assert.Throws<RecipeException>(() => InferenceChoice.Parse(pool, false, beta));

    [Fact]
    public void Without_any_nothing_is_measured_again() => Assert.Null(InferenceChoice.Parse(null, false, null));

    public void Dispose()
    {
        _output.Dispose();
        _folder.Dispose();
    }

    // Classes share their patterns, so that rankings are far from perfect and depend on details.
    private static void WritePictures(string target)
    {
        for (var label = 0; label < 14; label++)
        {
            var own = Directory.CreateDirectory(Path.Combine(target, $"class-{label}")).FullName;
            for (var i = 0; i < 5; i++)
            {
                File.WriteAllBytes(Path.Combine(own, $"{i}.png"), TinyPictures.Png(40, (label + (2 * i)) % 7, (10 * label) + i));
            }
        }
    }

    private Task<int> Eval(string[] arguments) =>
        EvalCommand.Create(Workplace).Parse(arguments).InvokeAsync(new() { EnableDefaultExceptionHandler = false }, Cancel);

    private static void Check(JsonNode column, float[] vectors, IReadOnlyList<LabelledPicture> pictures)
    {
        foreach (var figure in (string[])["R@1", "MAP@R", "mAP@all", "nDCG@10"])
        {
            Assert.Equal(NaiveRetrieval.Mean(figure, vectors, pictures, Channels), (double)column["figures"]![figure]!, 2e-6);
        }
    }

    private float[] Vectors(double greatest, double slope, bool mirror, double beta, out IReadOnlyList<LabelledPicture> pictures)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var backbone = (GoogLeNet)BackboneCatalogue.Create("googlenet", Options(), new Initializer(1));
        RecipeNetwork.LoadPretrained(backbone, _folder.File("googlenet.safetensors"));
        backbone.eval();
        var recipe = RecipeFile.Load(_folder.File("tiny.json"), []).Resolve();
        var data = new RecipeData(recipe, _folder.Path, _folder.File("cache"));
        pictures = data.Split.HeldOut;
        using var cache = data.OpenHeldOut(backbone.Preprocessing with { Resize = recipe.Resize }, null, Cancel);
        var vectors = new List<float>();
        for (var i = 0; i < cache.Count; i++)
        {
            var rgb = new byte[Side * Side * 3];
            cache.Read(i, rgb);
            var z = Pooled(backbone, rgb, greatest, slope);
            if (mirror)
            {
                z = [.. z.Zip(Pooled(backbone, Mirrored(rgb), greatest, slope), (one, other) => (one + other) / 2)];
            }

            var length = Math.Sqrt(z.Sum(v => v * v));
            vectors.AddRange(z.Select(v => (float)((v / length) + (beta * v))));
        }

        return [.. vectors];
    }

    private static byte[] Mirrored(byte[] rgb)
        => [.. Enumerable.Range(0, rgb.Length).Select(i => rgb[((((i / 3 / Side) + 1) * Side) - 1 - (i / 3 % Side)) * 3 + (i % 3)])];

    // Each channel of the last block's four branches, without their last ReLU.
    private static double[] Pooled(GoogLeNet backbone, byte[] rgb, double greatest, double slope)
    {
        using var scope = NewDisposeScope();
        var state = backbone.state_dict();
        Tensor? input = null;
        backbone.forward(new PixelInput(backbone.Preprocessing, channelsLast: false).ToTensor(rgb, CPU), (name, value) =>
            input = name == "inception3a" ? value.clone().MoveToOuterDisposeScope() : input);
        Tensor Unit(string name, Tensor x, int padding)
        {
            Tensor Of(string part) => state[$"inception3b.{name}.{part}"].view(1, -1, 1, 1);
            var y = F.conv2d(x, state[$"inception3b.{name}.conv.weight"], padding: [padding, padding]);
            return ((y - Of("bn.running_mean")) / (Of("bn.running_var") + 1e-3).sqrt() * Of("bn.weight")) + Of("bn.bias");
        }

        var map = cat([
            Unit("branch1", input!, 0),
            Unit("branch2.1", Unit("branch2.0", input!, 0).relu(), 1),
            Unit("branch3.1", Unit("branch3.0", input!, 0).relu(), 1),
            Unit("branch4.1", F.max_pool2d(input!, 3, 1, 1), 0)], 1).contiguous().ToFloats();
        return [.. map.Chunk(map.Length / Channels).Select(channel =>
        {
            double[] active = [.. channel.Select(v => v < 0 ? v * slope : v)];
            return (greatest * active.Max()) + ((1 - greatest) * active.Average());
        })];
    }
}
