using System.Text.Json.Nodes;
using Dml.Embedding;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Commands;
using Dml.Training.Weights;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Commands;

/// <summary><c>dml export --pretrained</c> without a recipe.</summary>
public sealed class ExportPretrainedTests : IDisposable
{
    private const string Backbone = "resnet-18,inputSize=32,width=4";
    private readonly TemporaryFolder _folder = new();

    public ExportPretrainedTests()
    {
        using var scope = NewDisposeScope();
        var options = new JsonObject { ["inputSize"] = 32, ["width"] = 4 };
        NetworkWeights.Save(BackboneCatalogue.Create("resnet-18", options, new Initializer(1)), Weights);
    }

    private string Weights => _folder.File("weights.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Weights_and_backbone_make_an_embedder_that_is_weights_of_its_own()
    {
        await ExportAsync("first", "--pretrained", Weights, "--backbone", Backbone);
        var first = EmbedderManifest.Load(_folder.File("first"));
        Assert.Equal((32, 32, ResizeRule.ShortSideCrop), (first.Dimension, first.Preprocessing.InputSize, first.Preprocessing.Resize));
        Assert.Empty(first.TrainedLabels!);
        Assert.Equal("weights.safetensors", (string?)first.Training!["weights"]);
        Assert.Equal(["onnxParity"], first.Figures!.Select(figure => figure.Key));
        Assert.False(File.Exists(_folder.File("first/recipe.json")));

        // The embedder is found by its folder, and gives the same network again.
        await ExportAsync("second", "--pretrained", $"{Backbone}:{_folder.File("first")}");
        using var one = Embedder.Open(_folder.File("first"));
        using var other = Embedder.Open(_folder.File("second"));
        var pixels = new float[3 * 32 * 32];
        var (expected, actual) = (new float[32], new float[32]);
        one.EmbedPixels(pixels, 1, expected);
        other.EmbedPixels(pixels, 1, actual);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public async Task Without_pictures_nothing_is_rounded()
    {
        var error = await Assert.ThrowsAsync<RecipeException>(() =>
            ExportAsync("int8", "--pretrained", Weights, "--backbone", Backbone, "--int8"));
        Assert.Contains("--recipe", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("int8")));
    }

    [Fact]
    public async Task A_backbone_goes_with_weights_only()
    {
        await Assert.ThrowsAsync<RecipeException>(() => ExportAsync("x", "--backbone", Backbone));
        await Assert.ThrowsAsync<RecipeException>(() => ExportAsync("x", _folder.File("run"), "--backbone", Backbone));
    }

    private async Task ExportAsync(string name, params string[] arguments)
    {
        using var output = new StringWriter();
        var code = await ExportCommand.Create(new(_folder.Path, _folder.File("cache"), output))
            .Parse([.. arguments, "--out", _folder.File(name)])
            .InvokeAsync(new() { EnableDefaultExceptionHandler = false }, TestContext.Current.CancellationToken);
        Assert.Equal(0, code);
    }
}
