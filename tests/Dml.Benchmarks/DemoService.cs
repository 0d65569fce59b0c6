using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dml.Embedding.Demo;
using Dml.Tests.Shared;

namespace Dml.Benchmarks;

/// <summary>The real service, filled with demo drawings over HTTP.</summary>
internal sealed class DemoService : IAsyncDisposable
{
    private const int PictureSize = 128;
    private const int Uploads = 4;

    private readonly TemporaryService _service;

    private DemoService(TemporaryService service) => _service = service;

    public HttpClient Http => _service.Http;

    public long ResidentBytes => _service.ResidentBytes;

    public static async Task<DemoService> StartAsync(string model, CancellationToken cancel) =>
        new(await TemporaryService.StartAsync([$"--Models:Active={model}", "--Demo:Import=false"], cancel));

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

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private static ByteArrayContent Png(byte[] picture) =>
        new(picture) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } };
}
