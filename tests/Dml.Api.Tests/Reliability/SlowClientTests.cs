using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Dml.Api.Generations;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests.Reliability;

/// <summary>A crowd of clients that send a byte a second: they are cut off with an answer, and the others do not feel them.</summary>
public sealed class SlowClientTests : IDisposable
{
    private const int Items = 50;
    private const int Places = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private const long MostGrowth = 200L << 20;
    private readonly TestFolder _folder = new();
    private int _answered;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_crowd_of_slow_clients_is_cut_off_and_nobody_else_feels_it()
    {
        var count = Amount.Of("SLOW_CLIENTS", 1000);
        // Far fewer places than slow bodies: they must not take them.
        await using var service = await ChildService.StartAsync([.. _folder.Arguments(), $"--Limits:ConcurrentRequests={Places}"], Cancel);
        var client = new DmlClient(service.Http);
        for (var i = 0; i < Items; i++)
        {
            await client.PutItemAsync($"i{i}", Pictures.Blocks(i), null, Cancel);
        }

        var (memory, files) = (service.ResidentBytes, service.OpenFiles);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var normal = NormalAsync(client, end.Token);
        var crowd = Enumerable.Range(0, count).Select(Slow).ToArray();
        await Parallel.ForEachAsync(crowd, Cancel, async (slow, cancel) => await slow.ConnectAsync(service.Http.BaseAddress!, cancel));
        var (mostMemory, mostFiles) = (0L, 0);
        var (before, crowded) = (Volatile.Read(ref _answered), 0);
        var begin = Stopwatch.StartNew();
        while (crowd.Any(slow => !slow.IsCut) && begin.Elapsed < Patience)
        {
            await Task.WhenAll(Task.Delay(TimeSpan.FromSeconds(1), Cancel), Task.WhenAll(crowd.Select(slow => slow.SendByteAsync(Cancel))));
            if (crowd.Where((slow, number) => HasBody(number) && !slow.IsCut).Count() > Places)
            {
                crowded = Volatile.Read(ref _answered) - before;
            }

            (mostMemory, mostFiles) = (Math.Max(mostMemory, service.ResidentBytes), Math.Max(mostFiles, service.OpenFiles));
        }

        var seconds = begin.Elapsed.TotalSeconds;
        await end.CancelAsync();
        await normal;
        var answered = crowd.Count(slow => slow.Answer.ToString().StartsWith("HTTP/1.1 408", StringComparison.Ordinal));
        var explained = crowd.Count(slow => slow.Answer.ToString().Contains("\"code\":\"too-slow\"", StringComparison.Ordinal));
        Amount.Say(
            $"{count} slow clients cut off within {seconds:F0} s, {answered} with 408, {explained} of them with the problem too-slow");
        Amount.Say(
            $"{_answered} other requests, all answered with 2xx, {crowded} of them while more slow bodies were coming than the "
            + $"{Places} places there are"
        );
        Amount.Say(
            $"resident memory {memory >> 20} MB before, {mostMemory >> 20} MB at most; open files {files} before, {mostFiles} at most");
        foreach (var slow in crowd)
        {
            slow.Dispose();
        }

        Assert.All(crowd, slow => Assert.True(slow.IsCut));
        // Headers that never end are no request yet: 408 is all there is to say. Whoever sends a body hears why.
        // How many read it is not in our hands: a byte that meets the closed connection resets it, and takes the answer with it.
        Assert.InRange(answered, count / 10, count);
        Assert.InRange(explained, count / 20, answered);
        Assert.InRange(_answered, 10, int.MaxValue);
        Assert.InRange(crowded, 2, int.MaxValue);
        Assert.InRange(mostMemory - memory, long.MinValue, MostGrowth);
        Assert.True(
            SpinWait.SpinUntil(() => service.OpenFiles <= files + 20, Patience),
            $"{service.OpenFiles} files are open, {files} were before");
    }

    [Theory]
    [InlineData("search")]
    [InlineData("embed")]
    public async Task A_client_that_is_still_sending_holds_no_generation(string call)
    {
        await using var service = await TestService.StartAsync(_folder);
        var generation = service.Services.GetRequiredService<GenerationRegistry>().Active!;
        var requests = 0;
        using var slow = new SlowClient($"POST /{call} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nxxx", "");
        await slow.ConnectAsync(service.Http.BaseAddress!, Cancel);
        for (var look = 0; look < 50; look++)
        {
            await Task.Delay(10, Cancel);
            requests = Math.Max(requests, generation.Requests);
        }

        Assert.Equal(0, requests);
    }

    [Fact]
    public async Task An_answer_that_nobody_reads_takes_little_memory()
    {
        const int Readers = 150;
        const string Request = "GET /swagger/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        await using var service = await ChildService.StartAsync(
            _folder.Arguments("--Logging:LogLevel:Dml.Api.Http.RequestLog=Information"), Cancel);
        var answer = (await service.Http.GetByteArrayAsync("swagger/swagger-ui-bundle.js", Cancel)).Length;
        var memory = service.ResidentBytes;
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < Readers; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 2048 };
                sockets.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, service.Http.BaseAddress!.Port, Cancel);
                // More than fits into the buffers of the system.
                await socket.SendAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Request, 6))), Cancel);
            }

            await Eventually.BeAsync(() => sockets.TrueForAll(socket => socket.Available > 0), "the answer of each has begun", Cancel);
            await Eventually.SeeAsync(
                async () =>
                {
                    var begin = service.CpuSeconds;
                    await Task.Delay(500, Cancel);
                    return service.CpuSeconds - begin;
                },
                seconds => seconds < 0.05, "the service has written what it can", Cancel);
            var answered = service.Lines.Count(line => line.Contains("swagger-ui-bundle.js answered 200", StringComparison.Ordinal));
            var growth = service.ResidentBytes - memory;
            Amount.Say($"{Readers} connections, {answered} answers of {answer} bytes sent: {growth >> 20} MB more");
            // Each is in the middle of an answer, all of them together of far more than the memory that they take.
            Assert.InRange(answered, 0, 5 * Readers);
            Assert.InRange(growth, long.MinValue, (long)Readers * answer / 3);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private static bool HasBody(int number) => number % 3 != 0;

    // A third each: headers, a bare body, a form.
    private static SlowClient Slow(int number) =>
        (number % 3) switch
        {
            0 => new SlowClient("GET /stats HTTP/1.1\r\nHost: localhost\r\n", "X-Slow: " + new string('x', 200)),
            1 => new SlowClient(
                "POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 10000000\r\n\r\n",
                new string('x', 200)),
            _ => new SlowClient(
                "PUT /items/slow HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: "
                + "chunked\r\n\r\n"
                    + "47\r\n--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"x.png\"\r\n\r\n\r\n10000\r\n",
                new string('x', 200)),
        };

    // Searches and additions. One that fails, a refusal included, fails the test.
    private Task NormalAsync(DmlClient client, CancellationToken end) =>
        Task.Run(
            async () =>
            {
                for (var turn = 0; !end.IsCancellationRequested; turn++)
                {
                    Assert.Equal(
                        $"i{turn % Items}",
                        (await client.SearchAsync(Pictures.Blocks(turn % Items), new() { K = 1 }, Cancel)).Hits.Single().Id);
                    Interlocked.Increment(ref _answered);
                    await client.PutItemAsync("other", Pictures.Blocks(1000 + turn), null, Cancel);
                    Interlocked.Increment(ref _answered);
                }
            },
            Cancel);
}
