using Dml.Client;
using Dml.Demo;
using Dml.Tests.Shared;

namespace Dml.Benchmarks;

/// <summary>The real service, filled with the drawings of the demo over HTTP.</summary>
internal sealed class DemoService : IAsyncDisposable
{
    private const int PictureSize = 128;
    private const int Uploads = 4;

    private readonly TemporaryService _service;

    private DemoService(TemporaryService service)
    {
        _service = service;
        Client = new DmlClient(service.Http);
    }

    public DmlClient Client { get; }

    public Uri Address => _service.Address;

    /// <summary>CPU time of all threads, in seconds.</summary>
    public double CpuSeconds => _service.CpuSeconds;

    public long ResidentBytes => _service.ResidentBytes;

    public static async Task<DemoService> StartAsync(string model, CancellationToken cancel, string? models = null) =>
        new(await TemporaryService.StartAsync(
            [$"--Models:Active={model}", $"--Models:Folder={models ?? Repository.Models}", "--Demo:Import=false"], cancel));

    public async Task FillAsync(IReadOnlyCollection<EmojiDrawing> drawings, CancellationToken cancel)
    {
        var done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Uploads, CancellationToken = cancel };
        await Parallel.ForEachAsync(drawings, parallel, async (drawing, stop) =>
        {
            var fields = new ItemFields { Label = drawing.Concept, Attributes = new Dictionary<string, object> { ["set"] = drawing.Set } };
            await Client.PutItemAsync(drawing.Id, drawing.RenderPng(PictureSize), fields, stop);
            if (Interlocked.Increment(ref done) % 1000 == 0)
            {
                Console.Error.WriteLine($"  {done} of {drawings.Count} drawings in the catalogue");
            }
        });
    }

    public ValueTask DisposeAsync() => _service.DisposeAsync();
}
