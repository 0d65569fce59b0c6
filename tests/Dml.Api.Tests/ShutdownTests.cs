using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Dml.Api.Tests.Support;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>SIGTERM: what runs is finished, nothing new begins, and a watcher holds nobody up.</summary>
public sealed class ShutdownTests : IDisposable
{
    // The host's own patience with requests is 30 seconds: less proves that nothing was waited for in vain.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_running_request_is_finished()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var service = await ChildService.StartAsync(_folder.Arguments(), cancel);
        var picture = Pictures.Blocks(1);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", service.Http.BaseAddress!.Port, cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"PUT /items/last HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: {picture.Length}\r\n\r\n"),
            cancel);
        await stream.WriteAsync(picture.AsMemory(0, 10), cancel);
        // Until the service has taken the request up.
        await Task.Delay(500, cancel);

        var stopped = service.StopAsync();
        await Eventually.SeeAsync(
            () => TakesRequestsAsync(service), takesThem => !takesThem, "the service takes no more requests", cancel, Soon);

        await stream.WriteAsync(picture.AsMemory(10), cancel);
        using var reader = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 201 Created", await reader.ReadLineAsync(cancel));
        Assert.Equal(0, await stopped.WaitAsync(Soon, cancel));

        await using var again = await ChildService.StartAsync(_folder.Arguments(), cancel);
        Assert.Equal(picture, await again.Http.GetByteArrayAsync("items/last/image", cancel));
    }

    [Fact]
    public async Task A_watcher_of_a_job_holds_nothing_up()
    {
        Assert.SkipWhen(Repository.NoDemoDrawings is not null, Repository.NoDemoDrawings ?? "");
        var cancel = TestContext.Current.CancellationToken;
        await using var service = await ChildService.StartAsync(
            [.. _folder.Arguments(), "--Demo:Import=true", $"--Demo:Folder={Repository.DemoDrawings}"], cancel);
        var id = await Eventually.SeeAsync(
            async () => (string?)(await service.Http.GetFromAsync("jobs")).AsArray().FirstOrDefault()?["id"], seen => seen is not null,
            "the import begins", cancel);

        using var answer = await service.Http.GetAsync($"jobs/{id}/events", HttpCompletionOption.ResponseHeadersRead, cancel);
        using var events = new StreamReader(await answer.Content.ReadAsStreamAsync(cancel));
        Assert.StartsWith("data:", await events.ReadLineAsync(cancel), StringComparison.Ordinal);

        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await service.StopAsync());
        Assert.True(watch.Elapsed < Soon, $"{watch.Elapsed}");
        // The stream ends as streams do, not by a torn connection.
        await events.ReadToEndAsync(cancel).WaitAsync(Soon, cancel);
    }

    private static async Task<bool> TakesRequestsAsync(ChildService service)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", service.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
