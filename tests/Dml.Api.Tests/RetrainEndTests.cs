using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>A retrain that has its outcome ends, whatever the files of its results hold.</summary>
public sealed class RetrainEndTests : IDisposable
{
    private const string Id = "20260501-030000-000";
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(_folder.Data, "retrains", Id);

    [Theory]
    [InlineData("", "{}")]
    [InlineData("{", "{}")]
    [InlineData("null", "{}")]
    [InlineData("[]", "{}")]
    [InlineData("""{"changed":5}""", "{}")]
    [InlineData("""{"changed":[5]}""", "{}")]
    [InlineData("""{"changed":[{"query":1}]}""", "{}")]
    [InlineData("""{"changed":[]}""", """{"start":5,"epochs":[],"figures":"none"}""")]
    [InlineData("""{"changed":[]}""", """{"figures":{"before":{"R@1":"high"},"after":{}}}""")]
    public async Task A_damaged_outcome_does_not_keep_it_from_ending(string outcome, string training)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "work", "out"));
        await File.WriteAllTextAsync(Path.Combine(Folder, "work", "out", "outcome.json"), outcome, Cancel);
        await WriteStateAsync(new JsonObject
        {
            ["step"] = "report",
            ["outcome"] = "activated",
            ["message"] = "Generation 2 is active.",
            ["training"] = JsonNode.Parse(training),
        });

        await using var service = await TestService.StartAsync(_folder);
        var retrain = await Eventually.SeeAsync(
            () => service.Client.FindRetrainAsync(Id, Cancel), seen => seen is { Step: RetrainStep.Ended }, "the retrain ends", Cancel);
        Assert.Equal((RetrainOutcome.Activated, "Generation 2 is active."), (retrain!.Outcome, retrain.Message));
        Assert.Contains("Generation 2 is active.", await service.Client.RetrainReportAsync(Id, Cancel), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Folder, "work")));
        Assert.Equal("ready", (await service.HealthAsync()).Status);
    }

    // A training program that is none, a candidate that is not there, and one whose rollout meets a disk that fails.
    [Theory]
    [InlineData("training", false, "The training process exited with code")]
    [InlineData("rollout", false, "The candidate cannot be rolled out")]
    [InlineData("rollout", true, "failed: SQLite Error 10")]
    public async Task A_retrain_that_fails_is_listed_until_one_succeeds(string step, bool hasCandidate, string cause)
    {
        var program = Path.Combine(_folder.Models, "dml.dll");
        await File.WriteAllTextAsync(program, "no program", Cancel);
        if (hasCandidate)
        {
            _folder.AddModel($"nightly-{Id}", seed: 2);
        }

        string[] settings = [$"--Retrain:Program={program}", "--Retrain:Cron="];
        await using (var service = await TestService.StartAsync(_folder, settings))
        {
            await service.Client.PutItemAsync("item", Pictures.Blocks(1), null, Cancel);
            Assert.Equal("ready", (await service.HealthAsync()).Status);
        }

        await WriteStateAsync(new JsonObject { ["step"] = step });
        var faults = new FaultInjection
        {
            BeforeStatement = sql =>
            {
                if (sql.StartsWith("INSERT INTO embeddings", StringComparison.Ordinal))
                {
                    throw new SqliteException("SQLite Error 10: the disk", 10);
                }
            },
        };
        await using (var service = await TestService.StartAsync(_folder, services => services.AddSingleton(faults), settings))
        {
            var retrain = await Eventually.SeeAsync(
                () => service.Client.FindRetrainAsync(Id, Cancel), seen => seen is { Step: RetrainStep.Ended }, "it ends", Cancel);
            Assert.Equal(RetrainOutcome.Failed, retrain!.Outcome);
            Assert.Contains(cause, retrain.Message, StringComparison.Ordinal);
            await AssertListedAsync(service);
        }

        // A restart repairs nothing.
        await using var again = await TestService.StartAsync(_folder, settings);
        await AssertListedAsync(again);
        var job = await again.Client.WaitForJobAsync((await again.Client.RetrainAsync(Cancel)).Id, Cancel);
        Assert.Equal((JobState.Succeeded, "skipped"), (job.State, (string?)job.Result!["outcome"]));
        Assert.Equal("ready", (await again.HealthAsync()).Status);
    }

    private static async Task AssertListedAsync(TestService service)
    {
        const string Problem = "The last retrain failed; its report and the log have the cause.";
        var health = await Eventually.SeeAsync(
            service.HealthAsync, now => now.Problems.Contains(Problem), "the failure is listed", Cancel);
        Assert.Equal("degraded", health.Status);
    }

    private Task WriteStateAsync(JsonObject state)
    {
        Directory.CreateDirectory(Folder);
        (state["id"], state["startedAt"]) = (Id, "2026-05-01T03:00:00Z");
        return File.WriteAllTextAsync(Path.Combine(Folder, "state.json"), state.ToJsonString(), Cancel);
    }
}
