using Dml.Training.Catalogues;
using Dml.Training.Fetching;
using Dml.Training.Weights;

namespace Dml.Training.Tests.Weights;

public sealed class PretrainedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("weights.pth", "weights.pth")]
    [InlineData("deep/weights.pth", "deep/weights.pth")]
    [InlineData("photo", "models/photo/embedder.onnx")]
    [InlineData("models/photo", "models/photo/embedder.onnx")]
    [InlineData("mine", "mine/embedder.onnx")]
    public void Files_folders_of_embedders_and_their_names_are_found(string name, string expected)
    {
        foreach (var file in (string[])["weights.pth", "deep/weights.pth", "models/photo/model.json", "models/photo/embedder.onnx",
            "mine/model.json", "mine/embedder.onnx", "models/mine/model.json", "models/mine/embedder.onnx"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
            File.WriteAllText(_folder.File(file), "");
        }

        Assert.Equal(_folder.File(expected), PretrainedFile.Find(name, _folder.Path));
    }

    [Fact]
    public void An_embedder_without_its_network_says_how_to_make_it()
    {
        Directory.CreateDirectory(_folder.File("models/photo"));
        File.WriteAllText(_folder.File("models/photo/model.json"), "");
        Assert.Contains("dotnet build src/Dml.Api", Error("photo"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_known_file_that_was_not_downloaded_says_how_to_get_it()
    {
        var file = KnownFiles.All.First(file => !File.Exists(WeightCache.PathOf(file)));
        Assert.Contains($"dml fetch {file.Name}", Error(file.Name), StringComparison.Ordinal);
        Assert.Contains(WeightCache.Folder, Error(file.Name), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("../nothing.pth")]
    [InlineData("models/clip-vit-b32")]
    [InlineData("")]
    public void Anything_else_is_an_error_that_says_what_there_is(string name) =>
        Assert.Contains("resnet-50", Error(name), StringComparison.Ordinal);

    private string Error(string name) => Assert.Throws<RecipeException>(() => PretrainedFile.Find(name, _folder.Path)).Message;
}
