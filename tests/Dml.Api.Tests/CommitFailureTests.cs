using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dml.Api.Tests;

/// <summary>SQLite fails under the thread of the commits: the writes that it concerns fail, all others work, and health says so.</summary>
public sealed class CommitFailureTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private readonly TestFolder _folder = new();
    private readonly CollectedLog _log = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "BEGIN IMMEDIATE")]
    [InlineData(false, "SAVEPOINT one")]
    [InlineData(false, "INSERT INTO embeddings")]
    [InlineData(true, "INSERT INTO embeddings", "ROLLBACK TO one")]
    [InlineData(true, "INSERT INTO embeddings", "ROLLBACK TO one", "ROLLBACK")]
    [InlineData(true, "UPDATE facts")]
    [InlineData(true, "COMMIT")]
    [InlineData(true, "COMMIT", "ROLLBACK")]
    [InlineData(true, "COMMIT", "ROLLBACK", "SELECT value FROM facts")]
    public async Task Writes_that_cannot_be_committed_fail_and_later_ones_work(bool wholeGroup, params string[] failing)
    {
        await using (var service = await TestService.StartAsync(_folder, services => services.AddSingleton<ILoggerProvider>(_log)))
        {
            await PutAsync(service, 0);
            var faults = service.Services.GetRequiredService<FaultInjection>();
            faults.BeforeStatement = sql =>
            {
                if (failing.Any(start => sql.StartsWith(start, StringComparison.Ordinal)))
                {
                    throw new SqliteException("disk I/O error", 10);
                }
            };
            for (var round = 0; round < 2; round++)
            {
                // Several at a time: they share a commit, or wait for it.
                var errors = await Task.WhenAll(Enumerable.Range(1, 5).Select(i =>
                    Assert.ThrowsAsync<DmlException>(() => PutAsync(service, i)))).WaitAsync(Soon, Cancel);
                Assert.All(errors, error => Assert.Equal("internal", error.Code));
            }

            Assert.Equal(["i0"], (await service.Http.SearchAsync(Pictures.Blocks(0))).Ids());
            Assert.Equal(
                wholeGroup ? ["The last write failed; the log has the cause."] : [], (await service.HealthAsync()).Problems);
            Assert.Equal(wholeGroup ? "degraded" : "ready", (await service.HealthAsync()).Status);

            if (failing.Contains("ROLLBACK"))
            {
                Assert.Contains(
                    _log.Lines,
                    line => line is { Level: LogLevel.Critical } && line.Text.Contains("rolled back", StringComparison.Ordinal));
            }

            faults.BeforeStatement = null;
            for (var i = 1; i <= 5; i++)
            {
                await PutAsync(service, i).WaitAsync(Soon, Cancel);
            }

            Assert.Equal("ready", (await service.HealthAsync()).Status);
            await CheckAsync(service);
        }

        await using var again = await TestService.StartAsync(_folder);
        await CheckAsync(again);
    }

    [Fact]
    public async Task A_catalogue_that_another_program_locks_is_a_503_with_a_time_to_come_back()
    {
        await using var service = await TestService.StartAsync(_folder);
        await PutAsync(service, 0);
        await using (var other = new SqliteConnection($"Data Source={Path.Combine(_folder.Data, "catalogue.db")};Pooling=False"))
        {
            await other.OpenAsync(Cancel);
            await using var command = other.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            await command.ExecuteNonQueryAsync(Cancel);

            // After the 30 seconds that SQLite waits.
            using var form = Calls.Form(Pictures.Blocks(1));
            using var answer = await service.Http.PutAsync("items/i1", form, Cancel);
            Assert.Equal(503, (int)answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.Equal("busy", await answer.ProblemCodeAsync());
            Assert.Equal(["i0"], (await service.Http.SearchAsync(Pictures.Blocks(0))).Ids());
            Assert.Equal(
                "The last write failed: another program has locked the catalogue.", Assert.Single((await service.HealthAsync()).Problems));
        }

        await PutAsync(service, 1);
        Assert.Empty((await service.HealthAsync()).Problems);
    }

    [Fact]
    public async Task Work_between_two_commits_cannot_wait_for_itself()
    {
        await using var service = await TestService.StartAsync(_folder);
        var catalogue = service.Services.GetRequiredService<SqliteCatalogue>();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => catalogue.BetweenCommitsAsync(
            async () =>
            {
                await Task.Yield();
                await catalogue.DeleteAsync("i0", Cancel);
            },
            Cancel).WaitAsync(Soon, Cancel));
        Assert.Contains("would wait for itself", error.Message, StringComparison.Ordinal);

        // Rows that bypass the queue find no open transaction to wait for.
        await catalogue.BetweenCommitsAsync(async () => await catalogue.SetFactAsync("fact", "value", Cancel), Cancel).WaitAsync(
            TimeSpan.FromSeconds(15), Cancel);
        Assert.Equal("value", await catalogue.GetFactAsync("fact", Cancel));
        await PutAsync(service, 0);
    }

    [Fact]
    public async Task A_write_is_acknowledged_although_the_index_fails_and_the_index_is_made_level_again()
    {
        await using var service = await TestService.StartAsync(_folder);
        for (var i = 0; i < 3; i++)
        {
            await PutAsync(service, i);
        }

        var index = FailingIndex.Of(service);
        index.Fails = true;
        await PutAsync(service, 3);
        await service.Client.DeleteItemAsync("i0", Cancel);
        // Replaced by the picture of another one.
        await service.Client.PutItemAsync("i1", Pictures.Blocks(7), cancel: Cancel);
        var health = await service.HealthAsync();
        Assert.Equal("degraded", health.Status);
        Assert.Contains("index", Assert.Single(health.Problems), StringComparison.Ordinal);
        Assert.DoesNotContain("i3", (await service.Http.SearchAsync(Pictures.Blocks(3))).Ids());
        Assert.Equal(3, (await service.Client.StatsAsync(Cancel)).Items);

        index.Fails = false;
        await Eventually.SeeAsync(service.HealthAsync, now => now.Status == "ready", "the index is level again", Cancel);
        Assert.Equal("i3", (await service.Http.SearchAsync(Pictures.Blocks(3))).Ids()[0]);
        Assert.Equal("i1", (await service.Http.SearchAsync(Pictures.Blocks(7))).Ids()[0]);
        Assert.DoesNotContain("i0", (await service.Http.SearchAsync(Pictures.Blocks(0))).Ids());
        var generation = service.Services.GetRequiredService<GenerationRegistry>().Active!;
        Assert.Equal(service.Services.GetRequiredService<SqliteCatalogue>().Sequence, generation.AppliedSequence);
        Assert.Equal(3, generation.Index.Count);
    }

    [Fact]
    public async Task An_index_that_is_behind_when_the_service_stops_is_level_after_the_start()
    {
        await using (var service = await TestService.StartAsync(_folder))
        {
            await PutAsync(service, 0);
            await PutAsync(service, 1);
            FailingIndex.Of(service).Fails = true;
            await PutAsync(service, 2);
            await service.Client.DeleteItemAsync("i0", Cancel);
        }

        await using var again = await TestService.StartAsync(_folder);
        Assert.Equal("ready", (await again.HealthAsync()).Status);
        Assert.Equal(["i2", "i1"], (await again.Http.SearchAsync(Pictures.Blocks(2))).Ids());
        Assert.Equal(2, again.Services.GetRequiredService<GenerationRegistry>().Active!.Index.Count);
    }

    private static Task<Item> PutAsync(TestService service, int i) =>
        service.Client.PutItemAsync($"i{i}", Pictures.Blocks(i), cancel: Cancel);

    private static async Task CheckAsync(TestService service)
    {
        var stats = await service.Client.StatsAsync(Cancel);
        Assert.Equal((6, 6), (stats.Items, stats.Index!.Vectors));
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal($"i{i}", (await service.Http.SearchAsync(Pictures.Blocks(i))).Ids()[0]);
            Assert.Equal(Pictures.Blocks(i), await service.Http.GetByteArrayAsync($"items/i{i}/image", Cancel));
        }
    }
}
