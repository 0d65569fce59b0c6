using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dml.Api.Audit;
using Dml.Api.Configuration;
using Dml.Api.Jobs;
using Dml.Api.Tests.Support;
using Dml.Api.Tests.Support.Contract;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dml.Api.Tests;

public sealed class JobTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Progress_is_seen_live_and_in_the_history_after_a_restart()
    {
        string id;
        await using (var service = await TestService.StartAsync(_folder))
        {
            var release = new TaskCompletionSource();
            id = Start(service, async (progress, _) =>
            {
                progress.Report(3, 10);
                await release.Task;
                progress.Report(10, 10);
                return new JsonObject { ["added"] = 10 };
            });
            var reading = ReadEventsAsync(service.Http, id, first => release.SetResult());
            var events = await reading;

            Assert.Equal(("running", 3, 10), State(events[0]));
            Assert.Equal(("succeeded", 10, 10), State(events[^1]));
            Assert.Equal(10, (int)events[^1]["result"]!["added"]!);
        }

        await using var again = await TestService.StartAsync(_folder);
        var job = await again.Http.GetObjectAsync($"jobs/{id}");
        Assert.Equal(("succeeded", 10, 10), State(job));
        Assert.Equal("import", (string)job["kind"]!);
        Assert.NotNull(job["endedAt"]);
        var all = await again.Http.GetFromJsonAsync<JsonArray>("jobs", TestContext.Current.CancellationToken);
        Assert.Equal(id, (string)Assert.Single(all!)!["id"]!);
    }

    [Fact]
    public async Task A_job_can_be_cancelled_once()
    {
        await using var service = await TestService.StartAsync(_folder);
        var id = Start(service, async (_, cancel) =>
        {
            await Task.Delay(Timeout.Infinite, cancel);
            return null;
        });
        using var first = await service.Http.DeleteAsync($"jobs/{id}", TestContext.Current.CancellationToken);
        Assert.Equal(202, (int)first.StatusCode);
        var events = await ReadEventsAsync(service.Http, id, _ => { });
        Assert.Equal("cancelled", (string)events[^1]["state"]!);
        using var second = await service.Http.DeleteAsync($"jobs/{id}", TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)second.StatusCode);
    }

    [Fact]
    public async Task A_failed_job_says_why()
    {
        await using var service = await TestService.StartAsync(_folder);
        var id = Start(service, (_, _) => throw new InvalidDataException("the archive is empty"));
        var last = (await ReadEventsAsync(service.Http, id, _ => { }))[^1];
        Assert.Equal("failed", (string)last["state"]!);
        Assert.Equal("the archive is empty", (string)last["message"]!);
    }

    [Fact]
    public async Task A_job_that_a_stop_interrupts_is_not_called_running_afterwards()
    {
        string id;
        await using (var service = await TestService.StartAsync(_folder))
        {
            id = Start(service, async (_, cancel) =>
            {
                await Task.Delay(Timeout.Infinite, cancel);
                return null;
            });
        }

        await using var again = await TestService.StartAsync(_folder);
        Assert.Equal("failed", (string)(await again.Http.GetObjectAsync($"jobs/{id}"))["state"]!);
    }

    [Fact]
    public async Task A_job_that_is_started_while_the_service_stops_is_cancelled_and_awaited_or_refused()
    {
        for (var round = 0; round < 20; round++)
        {
            using var board = Board(Path.Combine(_folder.Data, $"{round}"), TimeProvider.System);
            var refused = 0;
            using var begin = new Barrier(5);
            var starters = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    begin.SignalAndWait(Patience, TestContext.Current.CancellationToken);
                    for (var i = 0; i < 10; i++)
                    {
                        try
                        {
                            board.Start(JobKind.Import, "A test", async (_, cancel) =>
                            {
                                await Task.Delay(Timeout.Infinite, cancel);
                                return null;
                            });
                        }
                        catch (OperationCanceledException)
                        {
                            Interlocked.Increment(ref refused);
                        }
                    }
                },
                TaskCreationOptions.LongRunning)).ToArray();
            begin.SignalAndWait(Patience, TestContext.Current.CancellationToken);
            await board.StopAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
            // As the service does, before the last of them knows that it is stopping.
            Assert.All(board.All, job => Assert.Equal(JobState.Failed, job.State));
            await Task.WhenAll(starters).WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.All(board.All, job => Assert.Equal(JobState.Failed, job.State));
            Assert.Equal(40, board.All.Count + refused);
        }
    }

    [Fact]
    public async Task A_job_runs_although_the_file_of_an_old_one_cannot_be_deleted()
    {
        await using var service = await TestService.StartAsync(_folder);
        var board = service.Services.GetRequiredService<JobBoard>();
        for (var i = 0; i <= 101; i++)
        {
            var job = board.Start(JobKind.Import, $"{i}", (_, _) => Task.FromResult<JsonObject?>(null));
            Assert.Equal(JobState.Succeeded, (await board.WaitAsync(job.Id, Patience, TestContext.Current.CancellationToken)).State);
            if (i == 0)
            {
                // No file, and nothing that can be deleted as one.
                var path = Path.Combine(_folder.Data, "jobs", $"{job.Id}.json");
                File.Delete(path);
                Directory.CreateDirectory(path);
            }
        }

        Assert.InRange(board.All.Count, 100, 101);
        Assert.DoesNotContain(board.All, job => job.Message == "0");
    }

    [Fact]
    public async Task The_newest_jobs_are_kept_where_the_clock_has_been_set_back()
    {
        var clock = new TestClock(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var board = Board(_folder.Data, clock);
        for (var i = 0; i < 150; i++)
        {
            if (i == 75)
            {
                clock.Set(clock.GetUtcNow().AddYears(-5));
            }

            var job = board.Start(JobKind.Import, $"{i}", (_, _) => Task.FromResult<JsonObject?>(null));
            await board.WaitAsync(job.Id, Patience, TestContext.Current.CancellationToken);
            Assert.Equal($"{i}", board.All[0].Message);
        }

        Assert.Equal(Enumerable.Range(0, 101).Select(i => $"{149 - i}"), board.All.Select(job => job.Message));
        Assert.Equal(2025, board.All[0].StartedAt?.Year);
    }

    private static JobBoard Board(string folder, TimeProvider clock)
    {
        var data = Options.Create(new DataOptions { Folder = folder });
        return new JobBoard(
            data, clock, new AuditLog(data, Options.Create(new AuditOptions()), clock, NullLogger<AuditLog>.Instance),
            NullLogger<JobBoard>.Instance);
    }

    private static string Start(TestService service, Func<JobProgress, CancellationToken, Task<JsonObject?>> work) =>
        service.Services.GetRequiredService<JobBoard>().Start(JobKind.Import, "A test", work).Id;

    private static (string State, int Done, int Total) State(JsonObject job) =>
        ((string)job["state"]!, (int)job["done"]!, (int)job["total"]!);

    private static async Task<List<JsonObject>> ReadEventsAsync(HttpClient http, string id, Action<JsonObject> onFirst)
    {
        using var answer = await http.GetAsync(
            $"jobs/{id}/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var events = new List<JsonObject>();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                events.Add(JsonNode.Parse(line["data: ".Length..])!.AsObject());
                ContractCheck.Check(events[^1], "Job");
                if (events.Count == 1)
                {
                    onFirst(events[0]);
                }
            }
        }

        return events;
    }
}
