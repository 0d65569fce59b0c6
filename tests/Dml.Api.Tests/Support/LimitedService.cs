namespace Dml.Api.Tests.Support;

/// <summary>A service with small limits and an empty catalogue, shared by the tests of a class.</summary>
public sealed class LimitedService : IAsyncLifetime
{
    public const int MaxBodyBytes = 200_000;
    private readonly TestFolder _folder = new();
    private TestService _service = null!;

    public HttpClient Http => _service.Http;

    public string Data => _folder.Data;

    public IServiceProvider Services => _service.Services;

    public async ValueTask InitializeAsync() =>
        _service = await TestService.StartAsync(_folder, $"--Limits:MaxBodyBytes={MaxBodyBytes}", "--Limits:MaxPixels=1000000");

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _folder.Dispose();
    }
}
