namespace Dml.Tests.Shared;

/// <summary>The real service on a free port, with the repository's embedders and a data folder that is deleted with it.</summary>
internal sealed class TemporaryService : IAsyncDisposable
{
    private readonly string _data;
    private readonly ChildService _child;

    private TemporaryService(string data, ChildService child) => (_data, _child) = (data, child);

    public Uri Address => Http.BaseAddress!;

    public HttpClient Http => _child.Http;

    public string DataFolder => _data;

    /// <summary>Resident memory in bytes.</summary>
    public long ResidentBytes => _child.ResidentBytes;

    /// <summary>CPU time of all threads, in seconds.</summary>
    public double CpuSeconds => _child.CpuSeconds;

    /// <summary>The process.</summary>
    public ChildService Child => _child;

    /// <summary>Starts the service with these settings beside its own and waits until it is ready.</summary>
    public static async Task<TemporaryService> StartAsync(
        IEnumerable<string> settings, CancellationToken cancel, IReadOnlyList<string>? before = null)
    {
        var data = Directory.CreateTempSubdirectory("dml-service-").FullName;
        try
        {
            var child = await ChildService.StartAsync(
                [
                    "--Urls=http://127.0.0.1:0",
                    $"--Data:Folder={data}",
                    $"--Models:Folder={Repository.Models}",
                    "--Models:Active=emoji",
                    $"--Demo:Folder={Repository.DemoDrawings}",
                    "--Retrain:Cron=",
                    .. settings,
                ], cancel, before: before);
            return new TemporaryService(data, child);
        }
        catch
        {
            Directory.Delete(data, recursive: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}
