using Dml.Tests.Shared;

namespace Dml.E2E.Tests;

/// <summary>The real service with the repository's embedder and a data folder of its own.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly string _data;
    private readonly ChildService _child;

    private Service(string data, ChildService child) => (_data, _child) = (data, child);

    public Uri Address => Http.BaseAddress!;

    public HttpClient Http => _child.Http;

    public static async Task<Service> StartAsync(bool demoImport, CancellationToken cancel)
    {
        var data = Directory.CreateTempSubdirectory("dml-e2e-").FullName;
        var child = await ChildService.StartAsync(
            [
                "--Urls=http://127.0.0.1:0",
                $"--Data:Folder={data}",
                $"--Models:Folder={Repository.Models}",
                $"--Demo:Folder={Repository.DemoDrawings}",
                $"--Demo:Import={demoImport}",
            ], cancel);
        return new Service(data, child);
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}
