using System.Text.Json.Nodes;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Tests;

public sealed class ModelUploadTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private TestService _service = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Made => Path.Combine(_folder.Data, "..", "made");

    public async ValueTask InitializeAsync() => _service = await TestService.StartAsync(_folder, "--Limits:MaxModelBytes=500000");

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_uploaded_embedder_can_be_rolled_out()
    {
        TinyEmbedder.Write(Made, "uploaded", seed: 5, dimension: 24);
        var model = await UploadAsync();
        Assert.Equal(("uploaded", 24, false, null), (model.Name, model.Dimension, model.Active, model.Problem));
        Assert.Equal(["tiny", "uploaded"], (await _service.Client.ModelsAsync(Cancel)).Select(known => known.Name));
        // The same once more is no mistake.
        Assert.Equal(model.Fingerprint, (await UploadAsync()).Fingerprint);

        await _service.Client.PutItemAsync("x", Pictures.Blocks(1), null, Cancel);
        var job = await _service.Client.RollOutAsync("uploaded", Cancel);
        Assert.Equal(JobState.Succeeded, (await _service.Client.WaitForJobAsync(job.Id, Cancel)).State);
        Assert.Equal(model.Fingerprint, (await _service.Client.SearchAsync(Pictures.Blocks(1), null, Cancel)).Fingerprint);
    }

    [Theory]
    [InlineData(
        "dimension",
        "bad-embedder",
        "embedder.onnx does not fit its manifest: it should have one output 'embedding' of float32 [batch,48], but its 'embedding' is "
        + "Float [any,32]."
    )]
    [InlineData("damaged", "bad-embedder", "embedder.onnx is not the file that model.json describes: its SHA-256 is")]
    [InlineData("no network", "bad-embedder", "ONNX Runtime cannot load embedder.onnx")]
    [InlineData(
        "mean", "bad-embedder", "the fingerprint does not fit sha256, dimension and preprocessing: one of them was changed by hand")]
    [InlineData("manifest", "bad-embedder", "model.json is not a valid manifest")]
    [InlineData("surrogate", "bad-embedder", "model.json is not a valid manifest: The JSON value")]
    [InlineData("twice", "bad-embedder", "model.json is not a valid manifest: An item with the same key")]
    [InlineData("name", "model-exists", "Another embedder is named \"tiny\"")]
    [InlineData("large", "too-large", "at most 500000 bytes (Limits:MaxModelBytes)")]
    public async Task A_spoilt_embedder_is_refused_with_the_reason(string fault, string code, string message)
    {
        TinyEmbedder.Write(Made, fault == "name" ? "tiny" : "uploaded", seed: 5);
        var (onnx, manifest) = (Path.Combine(Made, "embedder.onnx"), Path.Combine(Made, "model.json"));
        switch (fault)
        {
            case "dimension":
                EmbedderManifest.Describe(Made, "uploaded", 48, new Preprocessing { InputSize = 16 }).Save(Made);
                break;
            case "damaged":
                await File.AppendAllTextAsync(onnx, "x", Cancel);
                break;
            case "no network":
                await File.WriteAllTextAsync(onnx, "nothing of the kind", Cancel);
                EmbedderManifest.Describe(Made, "uploaded", 32, new Preprocessing { InputSize = 16 }).Save(Made);
                break;
            case "mean":
                await File.WriteAllTextAsync(
                    manifest, (await File.ReadAllTextAsync(manifest, Cancel)).Replace("0.5", "0.25", StringComparison.Ordinal), Cancel);
                break;
            case "surrogate":
            case "twice":
                var json = JsonNode.Parse(await File.ReadAllTextAsync(manifest, Cancel))!;
                json["training"] = "HERE";
                var training = fault == "twice" ? """{"a":1,"a":2}""" : """{"a":["\ud800"]}""";
                await File.WriteAllTextAsync(
                    manifest, json.ToJsonString().Replace("\"HERE\"", training, StringComparison.Ordinal), Cancel);
                break;
            case "manifest":
                await File.WriteAllTextAsync(manifest, "{}", Cancel);
                break;
            case "large":
                await File.WriteAllBytesAsync(onnx, new byte[600_000], Cancel);
                break;
        }

        var refused = await Assert.ThrowsAsync<DmlException>(UploadAsync);
        Assert.Equal(code, refused.Code);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Models, refused.Message, StringComparison.Ordinal);
        Assert.Equal(["tiny"], Directory.GetFileSystemEntries(_folder.Models).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("embedder.onnx", "damaged")]
    [InlineData("embedder.onnx", "missing")]
    [InlineData("embedder.onnx", "unreadable")]
    [InlineData("model.json", "damaged")]
    [InlineData("model.json", "missing")]
    public async Task The_same_embedder_heals_a_damaged_one(string file, string fault)
    {
        TinyEmbedder.Write(Made, "uploaded", seed: 5);
        await UploadAsync();
        var path = Path.Combine(_folder.Models, "uploaded", file);
        if (fault == "unreadable")
        {
            BadSector.Put(path);
        }
        else if (fault == "damaged")
        {
            var bytes = await File.ReadAllBytesAsync(path, Cancel);
            bytes[bytes.Length / 2] ^= 1;
            bytes[0] ^= 1;
            await File.WriteAllBytesAsync(path, bytes, Cancel);
        }
        else
        {
            File.Delete(path);
        }

        await UploadAsync();
        foreach (var name in new[] { "embedder.onnx", "model.json" })
        {
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(Made, name), Cancel),
                await File.ReadAllBytesAsync(Path.Combine(_folder.Models, "uploaded", name), Cancel));
        }

        Assert.Equal(["tiny", "uploaded"], (await _service.Client.ModelsAsync(Cancel)).Select(known => known.Name));
        var job = await _service.Client.RollOutAsync("uploaded", Cancel);
        Assert.Equal(JobState.Succeeded, (await _service.Client.WaitForJobAsync(job.Id, Cancel)).State);
    }

    [Fact]
    public async Task A_form_that_lacks_a_file_is_refused()
    {
        using var form = new MultipartFormDataContent { { new StringContent("{}"), "manifest", "model.json" } };
        using var answer = await _service.Http.PostAsync("models", form, Cancel);
        Assert.Equal("bad-form", await answer.ProblemCodeAsync());
        Assert.Equal(["tiny"], Directory.GetFileSystemEntries(_folder.Models).Select(Path.GetFileName));
    }

    private async Task<ModelResponse> UploadAsync()
    {
        await using var onnx = File.OpenRead(Path.Combine(Made, "embedder.onnx"));
        await using var manifest = File.OpenRead(Path.Combine(Made, "model.json"));
        return await _service.Client.UploadModelAsync(onnx, manifest, Cancel);
    }
}
