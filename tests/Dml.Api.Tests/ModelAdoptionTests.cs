using System.Net;
using System.Net.Http.Json;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Embedding;

namespace Dml.Api.Tests;

/// <summary>POST /models with a network alone: what its file does not say is asked for, then it serves.</summary>
public sealed class ModelAdoptionTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_network_alone_is_asked_about_adopted_and_rolled_out()
    {
        await using var service = await TestService.StartAsync(_folder);
        var problem = await PostAsync(service, "/models?name=bare", []);
        Assert.Equal(
            (HttpStatusCode.UnprocessableEntity, ProblemCode.AdoptionQuestion), (problem.StatusCode, await problem.ProblemCodeAsync()));
        Assert.Contains("imagenet", await problem.Content.ReadAsStringAsync(Cancel));

        var created = await PostAsync(service, "/models?name=bare&preset=imagenet", []);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var model = (await created.Content.ReadFromJsonAsync<ModelResponse>(Cancel))!;
        Assert.Equal(("bare", TinyEmbedder.Dimension, 16), (model.Name, model.Dimension, model.InputSize));
        var rollout = await service.Http.PostAsync("/models/bare/rollout", null, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, rollout.StatusCode);

        // The same again is the same embedder; the same name for another one is refused.
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(service, "/models?name=bare&preset=imagenet", [])).StatusCode);
        var other = await PostAsync(service, "/models?name=bare&preset=clip", []);
        Assert.Equal(ProblemCode.ModelExists, await other.ProblemCodeAsync());
    }

    [Fact]
    public async Task Its_configuration_beside_it_is_read()
    {
        await using var service = await TestService.StartAsync(_folder);
        var config = """
            {"size":{"shortest_edge":16},"crop_size":{"height":16,"width":16},"do_center_crop":true,
             "image_mean":[0.1,0.2,0.3],"image_std":[0.4,0.5,0.6]}
            """u8;
        var created = await PostAsync(service, "/models?name=configured", config.ToArray());

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var manifest = EmbedderManifest.Load(Path.Combine(_folder.Models, "configured"));
        Assert.Equal([0.1f, 0.2f, 0.3f], manifest.Preprocessing.Mean);
        Assert.Equal(ResizeRule.ShortSideCrop, manifest.Preprocessing.Resize);
        Assert.Empty(manifest.TrainedLabels!);
    }

    [Theory]
    [InlineData("/models?preset=imagenet", ProblemCode.AdoptionQuestion)]
    [InlineData("/models?name=../up&preset=imagenet", ProblemCode.BadParameter)]
    [InlineData("/models?name=x&preset=imagenet&size=99", ProblemCode.BadEmbedder)]
    [InlineData("/models?name=x&preset=imagenet&output=nothing", ProblemCode.AdoptionQuestion)]
    [InlineData("/models?name=x&preset=imagenet&pooling=best", ProblemCode.AdoptionQuestion)]
    public async Task What_does_not_fit_is_refused_and_leaves_nothing(string address, string code)
    {
        await using var service = await TestService.StartAsync(_folder);
        var before = Directory.GetFileSystemEntries(_folder.Models);

        Assert.Equal(code, await (await PostAsync(service, address, [])).ProblemCodeAsync());
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Models));
    }

    private async Task<HttpResponseMessage> PostAsync(TestService service, string address, byte[] config)
    {
        var made = Path.Combine(_folder.Data, "..", "made");
        TinyEmbedder.Write(made, "made", seed: 77);
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(made, "embedder.onnx"), Cancel)), "onnx", "made.onnx" },
        };
        if (config.Length > 0)
        {
            form.Add(new ByteArrayContent(config), "config", "preprocessor_config.json");
        }

        return await service.Http.PostAsync(address, form, Cancel);
    }
}
