using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Dml.Api.Imports;
using Dml.Api.Jobs;
using Dml.Api.Security;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Tests.Shared;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>What is too much is refused immediately, with the time to come back.</summary>
public sealed class LimitTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_key_has_its_own_pace()
    {
        var keys = new TestKeys();
        await using var service = await TestService.StartAsync(
            _folder, [.. keys.Settings, "--Limits:RequestsPerSecond=1", "--Limits:Burst=5"]);
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
    public async Task Without_keys_there_is_no_pace_unless_it_is_asked_for()
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
    public async Task More_requests_than_places_are_refused_at_once()
    {
        await using var service = await TestService.StartAsync(_folder, "--Limits:ConcurrentRequests=2");
        Task<HttpResponseMessage>[] working;
        await using (var other = new SqliteConnection($"Data Source={Path.Combine(_folder.Data, "catalogue.db")};Pooling=False"))
        {
            // As long as another program writes to the catalogue, a change waits for its turn: two requests that are worked on.
            await other.OpenAsync(TestContext.Current.CancellationToken);
            await using var turn = other.BeginTransaction(deferred: false);
            working = [.. Enumerable.Range(0, 2).Select(i => DeleteAsync(service, $"items/none{i}"))];
            await UntilAsync(service, 503);
            using (var refused = await service.Http.GetAsync("stats", TestContext.Current.CancellationToken))
            {
                Assert.Equal("busy", await refused.ProblemCodeAsync());
                Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
            }
            // Before the body has come: it would be sent in vain.
            using (var client = await HalfARequestAsync(service))
            {
                using var reader = new StreamReader(client.GetStream());
                Assert.Equal("HTTP/1.1 503 Service Unavailable", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
            }

            using var probe = await service.Http.GetAsync("healthz/ready", TestContext.Current.CancellationToken);
            Assert.Equal(200, (int)probe.StatusCode);
            // Progress streams have places of their own, transfers of archives too.
            using var watch = await service.Http.GetAsync("jobs/unknown/events", TestContext.Current.CancellationToken);
            Assert.Equal(404, (int)watch.StatusCode);
            using var archive = new StringContent("no archive");
            using var import = await service.Http.PostAsync("imports", archive, TestContext.Current.CancellationToken);
            Assert.Equal("not-an-archive", await import.ProblemCodeAsync());
        }

        foreach (var answer in await Task.WhenAll(working))
        {
            Assert.Equal(404, (int)answer.StatusCode);
            answer.Dispose();
        }

        await UntilAsync(service, 200);
    }

    [Fact]
    public async Task Clients_that_do_not_read_their_answers_take_no_place()
    {
        const string File = "GET /swagger/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
        await using var service = await TestService.StartAsync(_folder, "--Limits:ConcurrentRequests=4");
        var clients = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 12; i++)
            {
                var client = new TcpClient { ReceiveBufferSize = 2048 };
                clients.Add(client);
                await client.ConnectAsync("127.0.0.1", service.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
                // Several answers in a row: more than the buffers between the two hold.
                var requests = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(File, 6)));
                await client.GetStream().WriteAsync(requests, TestContext.Current.CancellationToken);
            }

            await Eventually.BeAsync(
                () => clients.TrueForAll(client => client.Available > 0), "the answer of each has begun",
                TestContext.Current.CancellationToken);
            for (var i = 0; i < 20; i++)
            {
                using var answer = await GetAsync(service, null);
                Assert.Equal(200, (int)answer.StatusCode);
            }
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task One_caller_leaves_places_to_others()
    {
        var keys = new TestKeys();
        await using var service = await TestService.StartAsync(_folder, [.. keys.Settings, "--Limits:ConcurrentRequests=4"]);
        Task<int>[] working;
        await using (var other = new SqliteConnection($"Data Source={Path.Combine(_folder.Data, "catalogue.db")};Pooling=False"))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            await using var turn = other.BeginTransaction(deferred: false);
            working = [.. Enumerable.Range(0, 8).Select(async i =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Delete, $"items/none{i}");
                request.Headers.Add("X-Api-Key", keys[Role.Write]);
                using var answer = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
                return (int)answer.StatusCode;
            })];
            // Five are refused: this caller has three places.
            await Eventually.BeAsync(
                () => working.Count(task => task.IsCompleted) >= 5, "five are refused", TestContext.Current.CancellationToken);

            using var refused = await GetAsync(service, keys[Role.Write]);
            Assert.Equal("busy", await refused.ProblemCodeAsync());
            using var served = await GetAsync(service, keys[Role.Search]);
            Assert.Equal(200, (int)served.StatusCode);
        }

        Assert.Equal([404, 404, 404, 503, 503, 503, 503, 503], (await Task.WhenAll(working)).Order());
    }

    [Fact]
    public async Task Bodies_that_still_come_take_no_place()
    {
        // Of two places the requests that follow need one, so one is free for whoever begins to send.
        await using var service = await TestService.StartAsync(_folder, "--Limits:ConcurrentRequests=2");
        using var first = await HalfARequestAsync(service);
        using var fourth = await HalfARequestAsync(service);
        using var second = await HalfARequestAsync(service, "POST /search/vector", "application/json");
        using var third = await HalfARequestAsync(service, "POST /imports", "application/zip");
        for (var i = 0; i < 20; i++)
        {
            using var answer = await GetAsync(service, null);
            Assert.Equal(200, (int)answer.StatusCode);
            using var picture = new ByteArrayContent(Pictures.Blocks(i));
            using var found = await service.Http.PostAsync("search", picture, TestContext.Current.CancellationToken);
            Assert.Equal(200, (int)found.StatusCode);
        }
        // The rest of a body brings its answer: none of them was refused.
        await second.GetStream().WriteAsync(new byte[997], TestContext.Current.CancellationToken);
        using var reader = new StreamReader(second.GetStream());
        Assert.Equal("HTTP/1.1 400 Bad Request", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Bodies_beyond_their_memory_are_refused()
    {
        // Room for about fifteen bodies that hardly come, beside one that comes immediately.
        await using var service = await TestService.StartAsync(_folder, "--Limits:MaxBodyBytes=200000", "--Limits:BodyMemoryBytes=1248576");
        var slow = new List<TcpClient>();
        try
        {
            using var picture = new ByteArrayContent(new byte[100_000]);
            while (true)
            {
                using var answer = await service.Http.PostAsync("search", picture, TestContext.Current.CancellationToken);
                if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                {
                    Assert.Equal("busy", await answer.ProblemCodeAsync());
                    Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter!.Delta);
                    break;
                }

                Assert.Equal("not-an-image", await answer.ProblemCodeAsync());
                Assert.InRange(slow.Count, 0, 100);
                slow.Add(await HalfARequestAsync(service));
            }

            Assert.InRange(slow.Count, 9, 100);
            // What has no body needs no memory.
            using var other = await GetAsync(service, null);
            Assert.Equal(200, (int)other.StatusCode);
        }
        finally
        {
            slow.ForEach(client => client.Dispose());
        }
        // Everything comes back with the connections, and after each answer.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        for (var good = 0; good < 20;)
        {
            using var picture = new ByteArrayContent(new byte[199_000]);
            using var answer = await service.Http.PostAsync("search", picture, patience.Token);
            good = answer.StatusCode == HttpStatusCode.UnsupportedMediaType ? good + 1 : 0;
        }
    }

    [Fact]
    public async Task A_request_that_takes_too_long_is_answered()
    {
        await using var service = await TestService.StartAsync(_folder, "--Limits:RequestSeconds=1");
        using var client = await HalfARequestAsync(service);
        using var reader = new StreamReader(client.GetStream());
        Assert.Equal("HTTP/1.1 503 Service Unavailable", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        var answer = new StringBuilder();
        while (
            await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line
            && !line.Contains("traceId", StringComparison.Ordinal))
        {
            answer.AppendLine(line);
        }

        Assert.Contains("Retry-After: 1", answer.ToString(), StringComparison.Ordinal);
        await UntilAsync(service, 200);
    }

    [Theory]
    [InlineData("POST /imports", "application/json", true, 413)]
    [InlineData("POST /imports", "application/json", false, 413)]
    [InlineData("POST /search", "image/png", true, 413)]
    [InlineData("POST /search", "image/png", false, 413)]
    [InlineData("PUT /nowhere", "image/png", false, 404)]
    [InlineData("POST /search", "image/png", false, 401)]
    public async Task What_is_sent_after_the_answer_is_not_received(string call, string type, bool hasLength, int status)
    {
        const int Most = 32 << 20;
        var keys = new TestKeys();
        await using var service = await TestService.StartAsync(
            _folder, [.. status == 401 ? keys.Settings : [], "--Limits:MaxBodyBytes=1048576", "--Limits:MaxImportBytes=1000000000"]);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", service.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        var length = hasLength ? "Content-Length: 900000000" : "Transfer-Encoding: chunked";
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"{call} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\n{length}\r\n\r\n"), patience.Token);
        var head = ReadHeadAsync();
        var sent = 0L;
        try
        {
            // Also as a chunk of a body that comes in chunks.
            var part = Encoding.ASCII.GetBytes($"10000\r\n{new string('a', 0x10000)}\r\n");
            for (; sent < Most; sent += part.Length)
            {
                await stream.WriteAsync(part, patience.Token);
            }
        }
        catch (IOException)
        {
            // The service has ended the connection.
        }

        Assert.InRange(sent, 0, Most - 1);
        Assert.StartsWith($"HTTP/1.1 {status} ", await head, StringComparison.Ordinal);
        Assert.Contains("Connection: close", await head, StringComparison.Ordinal);

        async Task<string> ReadHeadAsync()
        {
            using var reader = new StreamReader(stream, leaveOpen: true);
            var lines = new StringBuilder();
            while (await reader.ReadLineAsync(patience.Token) is { Length: > 0 } line)
            {
                lines.AppendLine(line);
            }

            return lines.ToString();
        }
    }

    [Fact]
    public async Task A_refused_request_with_an_ordinary_body_keeps_its_connection()
    {
        await using var service = await TestService.StartAsync(_folder);
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancel) =>
            {
                Interlocked.Increment(ref connections);
                var client = new TcpClient();
                await client.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancel);
                return client.GetStream();
            },
        };
        using var http = new HttpClient(handler) { BaseAddress = service.Http.BaseAddress };
        for (var i = 0; i < 3; i++)
        {
            using var body = new ByteArrayContent(new byte[200_000]);
            using var answer = await http.PutAsync("nowhere", body, TestContext.Current.CancellationToken);
            Assert.Equal(404, (int)answer.StatusCode);
            Assert.Null(answer.Headers.ConnectionClose);
        }

        Assert.Equal(1, connections);
    }

    [Fact]
    public async Task More_imports_than_places_are_refused()
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
    public async Task An_import_has_its_place_before_its_upload()
    {
        await using var service = await TestService.StartAsync(_folder, "--Limits:RunningImports=3");
        var places = service.Services.GetRequiredService<ImportPlaces>();

        // However many come at once.
        var taken = new ConcurrentBag<IDisposable>();
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ =>
        {
            if (places.TryTake("caller") is { } place)
            {
                taken.Add(place);
            }
        });
        Assert.Equal(3, taken.Count);
        using var body = new StringContent("not read");
        using var refused = await service.Http.PostAsync("imports", body, TestContext.Current.CancellationToken);
        Assert.Equal("busy", await refused.ProblemCodeAsync());

        // One is free again, and an upload that does not come to its end has it until its client goes away.
        Assert.True(taken.TryTake(out var free));
        free.Dispose();
        using (await HalfARequestAsync(service, "POST /imports", "application/zip"))
        {
            await Eventually.BeAsync(
                () => Directory.GetFiles(Path.Combine(_folder.Data, "imports")).Length > 0, "the upload begins",
                TestContext.Current.CancellationToken);
            Assert.Null(places.TryTake("another"));
        }

        await Eventually.BeAsync(() => places.TryTake("another") is not null, "a place is free", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task One_caller_leaves_a_place_for_imports_to_others()
    {
        await using var service = await TestService.StartAsync(_folder, "--Limits:RunningImports=4");
        var places = service.Services.GetRequiredService<ImportPlaces>();
        var jobs = service.Services.GetRequiredService<JobBoard>();
        var running = jobs.Start(JobKind.Import, "An import that takes its time", WaitAsync, "many");
        IDisposable?[] taken = [.. Enumerable.Range(0, 4).Select(_ => places.TryTake("many"))];
        Assert.Equal([true, true, false, false], taken.Select(place => place is not null));
        using (var other = places.TryTake("few"))
        {
            Assert.NotNull(other);
            Assert.Null(places.TryTake("third"));
        }

        // The place of a job is free when it has ended, that of a request when it is answered.
        jobs.Cancel(running.Id);
        await jobs.WaitAsync(running.Id, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        using var again = places.TryTake("many");
        Assert.NotNull(again);
        Assert.Null(places.TryTake("many"));
        taken[0]!.Dispose();
        Assert.NotNull(places.TryTake("many"));

        static async Task<System.Text.Json.Nodes.JsonObject?> WaitAsync(JobProgress progress, CancellationToken cancel)
        {
            await Task.Delay(Timeout.Infinite, cancel);
            return null;
        }
    }

    [Fact]
    public async Task Who_has_no_generation_says_when_to_come_back()
    {
        Directory.Delete(_folder.Models, recursive: true);
        await using var service = await TestService.StartAsync(_folder);
        using var ready = await service.Http.GetAsync("healthz/ready", TestContext.Current.CancellationToken);
        Assert.Equal(503, (int)ready.StatusCode);
        Assert.NotNull(ready.Headers.RetryAfter);
    }

    [Fact]
    public async Task Callers_take_turns_at_thumbnails()
    {
        const int Many = 60;
        var keys = new TestKeys();
        await using var service = await TestService.StartAsync(_folder, keys.Settings);
        using var put = new HttpRequestMessage(HttpMethod.Put, "items/large")
        {
            Content = new ByteArrayContent(Pictures.Blocks(1, PictureFormat.Png, width: 4000, height: 4000)),
            Headers = { { "X-Api-Key", keys[Role.Write] } },
        };
        using var added = await service.Http.SendAsync(put, TestContext.Current.CancellationToken);
        Assert.Equal(201, (int)added.StatusCode);
        var made = 0;
        var many = Enumerable.Range(0, Many).Select(async i =>
        {
            using var answer = await GetAsync(service, keys[Role.Write], $"items/large/thumbnail?size={16 + i}");
            Interlocked.Increment(ref made);
            return (int)answer.StatusCode;
        }).ToArray();
        await Eventually.BeAsync(() => Volatile.Read(ref made) >= 4, "some are made", TestContext.Current.CancellationToken);
        using var other = await GetAsync(service, keys[Role.Search], "items/large/thumbnail");
        Assert.Equal(200, (int)other.StatusCode);
        Assert.InRange(Volatile.Read(ref made), 4, Many / 2);
        Assert.All(await Task.WhenAll(many), status => Assert.Equal(200, status));
    }

    private static async Task<HttpResponseMessage> GetAsync(TestService service, string? secret, string path = "stats")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (secret is not null)
        {
            request.Headers.Add("X-Api-Key", secret);
        }

        return await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    // Again while another request happens to have the place.
    private static async Task<HttpResponseMessage> DeleteAsync(TestService service, string path)
    {
        return (await Eventually.SeeAsync(LookAsync, answer => answer is not null, "a free place", TestContext.Current.CancellationToken))!;

        async Task<HttpResponseMessage?> LookAsync()
        {
            var answer = await service.Http.DeleteAsync(path, TestContext.Current.CancellationToken);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                return answer;
            }

            answer.Dispose();
            return null;
        }
    }

    /// <summary>A request whose body does not come to its end.</summary>
    private static async Task<TcpClient> HalfARequestAsync(TestService service, string call = "POST /search", string type = "image/png")
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", service.Http.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var head = Encoding.ASCII.GetBytes(
            $"{call} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nContent-Length: 1000\r\n\r\nabc");
        await client.GetStream().WriteAsync(head, TestContext.Current.CancellationToken);
        return client;
    }

    private static async Task UntilAsync(TestService service, int status)
    {
        await Eventually.SeeAsync(LookAsync, seen => seen == status, $"an answer {status}", TestContext.Current.CancellationToken);

        async Task<int> LookAsync()
        {
            using var answer = await service.Http.GetAsync("stats", TestContext.Current.CancellationToken);
            return (int)answer.StatusCode;
        }
    }
}
