using Dml.Client;
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

    private DemoService(string data, ChildService child)
    {
        (_data, _child) = (data, child);
        Client = new DmlClient(child.Http);
    }

    public DmlClient Client { get; }

    public long ResidentBytes => _child.ResidentBytes;

    public static async Task<DemoService> StartAsync(string model, CancellationToken cancel, string? models = null)
    {
        var data = Directory.CreateTempSubdirectory("dml-bench-").FullName;
        var child = await ChildService.StartAsync(
            [
                "--Urls=http://127.0.0.1:0",
                $"--Data:Folder={data}",
                $"--Models:Folder={models ?? Repository.Models}",
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
            var fields = new ItemFields { Label = drawing.Concept, Attributes = new Dictionary<string, object> { ["set"] = drawing.Set } };
            await Client.PutItemAsync(drawing.Id, drawing.RenderPng(PictureSize), fields, stop);
            if (Interlocked.Increment(ref done) % 1000 == 0)
            {
                Console.Error.WriteLine($"  {done} of {drawings.Count} drawings in the catalogue");
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}
