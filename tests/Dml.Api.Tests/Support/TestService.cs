using Dml.Api.Generations;
using Dml.Api.Tests.Support.Contract;
using Dml.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests.Support;

/// <summary>The service inside the test's process: Kestrel on a free loopback port, a real SQLite file. Every answer is
/// held against the OpenAPI document.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestService(WebApplication app)
    {
        _app = app;
        Http = new HttpClient(ContractCheck.Create()) { BaseAddress = new Uri(app.Urls.First()) };
        Client = new DmlClient(Http);
    }

    public HttpClient Http { get; }

    public DmlClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<TestService> StartAsync(TestFolder folder, params string[] more)
    {
        var app = Program.Build(folder.Arguments(more));
        await app.StartAsync(TestContext.Current.CancellationToken);
        await app.Services.GetRequiredService<GenerationRegistry>().Opened.WaitAsync(TestContext.Current.CancellationToken);
        return new TestService(app);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
