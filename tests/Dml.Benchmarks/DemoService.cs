using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dml.Embedding.Demo;
using Dml.Tests.Shared;

namespace Dml.Benchmarks;

/// <summary>The real service on a free port, filled with demo drawings over HTTP.</summary>
internal sealed class DemoService : IAsyncDisposable
{
    private const int PictureSize = 128;
    private const int Uploads = 4;

    private readonly string _data;
    private readonly ChildService _child;

    private DemoService(string data, ChildService child) => (_data, _child) = (data, child);

    public HttpClient Http => _child.Http;

    public long ResidentBytes => _child.ResidentBytes;

    public static async Task<DemoService> StartAsync(string model, CancellationToken cancel)
    {
        var data = Directory.CreateTempSubdirectory("dml-bench-").FullName;
        var child = await ChildService.StartAsync(
            [
                "--Urls=http://127.0.0.1:0",
                $"--Data:Folder={data}",
                $"--Models:Folder={Repository.Models}",
                $"--Models:Active={model}",
                "--Demo:Import=false",
            ], cancel);
        return new DemoService(data, child);
    }

    public async Task FillAsync(IReadOnlyCollection<EmojiDrawing> drawings, CancellationToken cancel)
    {
        var done = 0;
        await Parallel.ForEachAsync(drawings, new ParallelOptions { MaxDegreeOfParallelism = Uploads, CancellationToken = cancel }, async (drawing, stop) =>
        {
            using var form = new MultipartFormDataContent
            {
                { Png(drawing.RenderPng(PictureSize)), "image", "drawing.png" },
                { new StringContent(drawing.Concept), "label" },
                { new StringContent(JsonSerializer.Serialize(new Dictionary<string, string> { ["set"] = drawing.Set })), "attributes" },
            };
            using var answer = await Http.PutAsync($"items/{drawing.Id}", form, stop);
            answer.EnsureSuccessStatusCode();
            if (Interlocked.Increment(ref done) % 1000 == 0)
            {
                Console.Error.WriteLine($"  {done} of {drawings.Count} drawings in the catalogue");
            }
        });
    }

    public async Task<JsonElement> SearchAsync(byte[] picture, int k, CancellationToken cancel)
    {
        using var body = Png(picture);
        using var answer = await Http.PostAsync($"search?k={k}", body, cancel);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private static ByteArrayContent Png(byte[] picture) =>
        new(picture) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } };
}
