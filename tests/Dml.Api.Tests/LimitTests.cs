using System.Net.Sockets;
using System.Text;
using Dml.Api.Jobs;
using Dml.Api.Security;
using Dml.Api.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>What is too much is refused at once, with the time to come back.</summary>
public sealed class LimitTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EachKeyHasItsOwnPace()
    {
        var keys = new TestKeys();
        await using var service = await TestService.StartAsync(_folder, [.. keys.Settings, "--Limits:RequestsPerSecond=1", "--Limits:Burst=5"]);
        var statuses = new List<int>();
        for (var i = 0; i < 20; i++)
        {
            using var answer = await GetAsync(service, keys[Role.Search]);
            statuses.Add((int)answer.StatusCode);
            if (!answer.IsSuccessStatusCode)
            {
                Assert.Equal("too-many-requests", await answer.ProblemCodeAsync());
                Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 10);
            }
        }
        // The clock runs on while they come: a slow machine lets one or two more through.
        Assert.Equal([200, 200, 200, 200, 200], statuses.Take(5));
        Assert.Contains(429, statuses);
        using var other = await GetAsync(service, keys[Role.Write]);
        Assert.Equal(200, (int)other.StatusCode);
        using var probe = await service.Http.GetAsync("healthz/live", TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)probe.StatusCode);
        // Whoever has no key is told apart by address, and does not use up a key's pace.
        for (var i = 0; i < 10; i++)
        {
            using var nobody = await GetAsync(service, null);
            Assert.Contains((int)nobody.StatusCode, new[] { 401, 429 });
        }
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        using var later = await GetAsync(service, keys[Role.Search]);
        Assert.Equal(200, (int)later.StatusCode);
    }

    [Fact]
    public async Task WithoutKeysThereIsNoPaceUnlessItIsAskedFor()
    {
        await using (var open = await TestService.StartAsync(_folder))
        {
            for (var i = 0; i < 300; i++)
            {
                using var answer = await GetAsync(open, null);
                Assert.Equal(200, (int)answer.StatusCode);
            }
        }
        await using var limited = await TestService.StartAsync(_folder, "--Limits:RequestsPerSecond=1", "--Limits:Burst=1");
        using var first = await GetAsync(limited, null);
        using var second = await GetAsync(limited, null);
        Assert.Equal((200, 429), ((int)first.StatusCode, (int)second.StatusCode));
    }

    [Fact]
    public async Task MoreRequestsThanPlacesAreRefusedAtOnce()
    {
        await using var service = await TestService.StartAsync(_folder, "--Limits:ConcurrentRequests=2");
        using var first = await HalfARequestAsync(service);
        using var second = await HalfARequestAsync(service);
        await UntilAsync(service, 503);
        using (var refused = await service.Http.GetAsync("stats", TestContext.Current.CancellationToken))
        {
            Assert.Equal("busy", await refused.ProblemCodeAsync());
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        }
        using var probe = await service.Http.GetAsync("healthz/ready", TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)probe.StatusCode);
        // Progress streams have places of their own.
        using var watch = await service.Http.GetAsync("jobs/unknown/events", TestContext.Current.CancellationToken);
        Assert.Equal(404, (int)watch.StatusCode);

        first.Dispose();
        second.Dispose();
        await UntilAsync(service, 200);
    }

    [Fact]
    public async Task ARequestThatTakesTooLongIsAnswered()
    {
        await using var service = await TestService.StartAsync(_folder, "--Limits:RequestSeconds=1");
        using var client = await HalfARequestAsync(service);
        using var reader = new StreamReader(client.GetStream());
        Assert.Equal("HTTP/1.1 503 Service Unavailable", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        var answer = new StringBuilder();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("traceId", StringComparison.Ordinal))
        {
            answer.AppendLine(line);
        }
        Assert.Contains("Retry-After: 1", answer.ToString(), StringComparison.Ordinal);
        await UntilAsync(service, 200);
    }

    [Fact]
    public async Task MoreImportsThanPlacesAreRefused()
    {
        await using var service = await TestService.StartAsync(_folder, "--Limits:RunningImports=1");
        var jobs = service.Services.GetRequiredService<JobBoard>();
        var running = jobs.Start(JobKind.Import, "An import that takes its time", async (_, cancel) =>
        {
            await Task.Delay(Timeout.Infinite, cancel);
            return null;
        });
        using var body = new StringContent("not read");
        using var refused = await service.Http.PostAsync("imports", body, TestContext.Current.CancellationToken);
        Assert.Equal(503, (int)refused.StatusCode);
        Assert.Equal("busy", await refused.ProblemCodeAsync());
        Assert.Equal(TimeSpan.FromSeconds(10), refused.Headers.RetryAfter!.Delta);

        jobs.Cancel(running.Id);
        await jobs.WaitAsync(running.Id, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        using var again = new StringContent("no archive");
        using var taken = await service.Http.PostAsync("imports", again, TestContext.Current.CancellationToken);
        Assert.Equal("not-an-archive", await taken.ProblemCodeAsync());
    }

    [Fact]
    public async Task WhoHasNoGenerationSaysWhenToComeBack()
    {
        Directory.Delete(_folder.Models, recursive: true);
        await using var service = await TestService.StartAsync(_folder);
        using var ready = await service.Http.GetAsync("healthz/ready", TestContext.Current.CancellationToken);
        Assert.Equal(503, (int)ready.StatusCode);
        Assert.NotNull(ready.Headers.RetryAfter);
    }

    private static async Task<HttpResponseMessage> GetAsync(TestService service, string? secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "stats");
        if (secret is not null)
        {
            request.Headers.Add("X-Api-Key", secret);
        }
        return await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>A search whose body does not come to its end.</summary>
    private static async Task<TcpClient> HalfARequestAsync(TestService service)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", service.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var head = Encoding.ASCII.GetBytes("POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\nabc");
        await client.GetStream().WriteAsync(head, TestContext.Current.CancellationToken);
        return client;
    }

    private static async Task UntilAsync(TestService service, int status)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            using var answer = await service.Http.GetAsync("stats", patience.Token);
            if ((int)answer.StatusCode == status)
            {
                return;
            }
            await Task.Delay(20, patience.Token);
        }
    }
}
