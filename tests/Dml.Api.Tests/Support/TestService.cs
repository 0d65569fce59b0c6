using System.Net.Http.Json;
using Dml.Api.Generations;
using Dml.Api.Tests.Support.Contract;
using Dml.Client;
using Dml.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests.Support;

/// <summary>The service inside the test's process: Kestrel on a free loopback port, a real SQLite file. Every answer is
/// held against the OpenAPI document.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

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

    public static Task<TestService> StartAsync(TestFolder folder, params string[] more) => StartAsync(folder, _ => { }, more);

    /// <summary>With services in place of the program's own: a clock that the test sets, or a log that it reads.</summary>
    public static async Task<TestService> StartAsync(TestFolder folder, Action<IServiceCollection> replace, params string[] more)
    {
        var app = Program.Build(folder.Arguments(more), replace);
        await app.StartAsync(TestContext.Current.CancellationToken);
        await app.Services.GetRequiredService<GenerationRegistry>().Opened.WaitAsync(Patience, TestContext.Current.CancellationToken);
        return new TestService(app);
    }

    /// <summary>What <c>GET /healthz/ready</c> says.</summary>
    public async Task<HealthResponse> HealthAsync() =>
        (await Http.GetFromJsonAsync<HealthResponse>("healthz/ready", TestContext.Current.CancellationToken))!;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
