using System.Text.Json.Nodes;
using Dml.Api.Tests.Support;
using Dml.Api.Tests.Support.Contract;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;

namespace Dml.Api.Tests;

/// <summary>kill -9 of the service at every step of a retrain.</summary>
public sealed class RetrainKillTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Retrains => Path.Combine(_folder.Data, "retrains");

    [Fact]
    public async Task A_killed_retrain_goes_on_from_every_step()
    {
        NightCatalogue.SkipWithoutTrainer();
        var met = new List<string>();
        await using (var service = await StartAsync())
        {
            var client = new DmlClient(service.Http);
            await NightCatalogue.FillAsync(client);
            await client.RetrainAsync(Cancel);
            await KillAtAsync(service, "snapshot", met);
        }

        foreach (var step in new[] { "training", "registration", "rollout", "report" })
        {
            await using var service = await StartAsync();
            await KillAtAsync(service, step, met);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"killed at {string.Join(", ", met)}");
        // The short steps may be over before the kill; these two are not.
        Assert.Contains("training", met);
        Assert.Contains("rollout", met);

        await using var last = await StartAsync();
        var resumed = new DmlClient(last.Http);
        var retrain = await EndAsync(resumed, last);
        Assert.True(retrain.Outcome == RetrainOutcome.Activated, retrain.Message);
        var generations = await resumed.GenerationsAsync(Cancel);
        Assert.Equal(
            [(2, retrain.Model, true), (1, "tiny", false)], generations.Select(row => (row.Number, (string?)row.Model, row.Active)));
        Assert.Equal(NightCatalogue.Items, (await resumed.StatsAsync(Cancel)).Index!.Vectors);
        Assert.Equal(
            [retrain.Model!, "tiny"],
            Directory
                .EnumerateDirectories(_folder.Models)
                .Select(folder => Path.GetFileName(folder)!)
                .Where(name => name[0] != '.')
                .Order(StringComparer.Ordinal));
        Assert.Equal(
            ["report.html", "state.json"],
            Directory
                .EnumerateFileSystemEntries(Path.Combine(Retrains, retrain.Id))
                .Select(path => Path.GetFileName(path)!)
                .Order(StringComparer.Ordinal));
        Assert.Empty(TrainingProcesses.Of(_folder.Data));
        Assert.Contains("Activated", await resumed.RetrainReportAsync(retrain.Id, Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_was_done_before_it_was_written_down_is_not_done_twice()
    {
        NightCatalogue.SkipWithoutTrainer();
        string id;
        await using (var service = await StartAsync())
        {
            var client = new DmlClient(service.Http);
            await NightCatalogue.FillAsync(client);
            await client.RetrainAsync(Cancel);
            id = (await EndAsync(client, service)).Id;
            await service.KillAsync();
        }

        foreach (var step in new[] { "registration", "rollout", "report" })
        {
            // What a kill leaves that comes after the step's work and before its state: the folders of the end, the state of before.
            Rewrite(state =>
            {
                state["step"] = step;
                foreach (var name in step == "report" ? [] : new[] { "outcome", "message", "endedAt", "generation", "gate" })
                {
                    state[name] = null;
                }
            });
            await using var again = await StartAsync();
            var resumed = new DmlClient(again.Http);
            var retrain = await EndAsync(resumed, again);
            Assert.Equal((id, RetrainOutcome.Activated, 2), (retrain.Id, retrain.Outcome, retrain.Generation));
            Assert.Equal(2, (await resumed.GenerationsAsync(Cancel)).Length);
            await again.KillAsync();
        }
    }

    [Fact]
    public async Task A_stopped_service_takes_the_training_with_it_and_goes_on()
    {
        NightCatalogue.SkipWithoutTrainer();
        var settings = NightCatalogue.Settings(_folder);
        await using (var service = await TestService.StartAsync(_folder, settings))
        {
            await NightCatalogue.FillAsync(service.Client);
            await service.Client.RetrainAsync(Cancel);
            await Eventually.BeAsync(() => TrainingProcesses.Of(_folder.Data).Count > 0, "it trains", Cancel);
        }

        Assert.Empty(TrainingProcesses.Of(_folder.Data));
        Assert.Equal("training", StepNow());

        await using var again = await TestService.StartAsync(_folder, settings);
        Assert.Equal(RetrainOutcome.Activated, (await EndAsync(again.Client)).Outcome);
        Assert.Contains(await again.Client.JobsAsync(Cancel), job => job is { Kind: JobKind.Retrain, State: JobState.Failed });
    }

    [Fact]
    public async Task A_step_that_kills_the_service_is_not_tried_for_ever()
    {
        NightCatalogue.SkipWithoutTrainer();
        await using (var service = await StartAsync())
        {
            var client = new DmlClient(service.Http);
            await NightCatalogue.FillAsync(client);
            await client.RetrainAsync(Cancel);
            await KillAtAsync(service, "training", []);
        }

        Rewrite(state => state["attempts"] = 4);

        await using var again = await StartAsync();
        var retrain = await EndAsync(new DmlClient(again.Http));
        Assert.Equal(RetrainOutcome.Failed, retrain.Outcome);
        Assert.Contains("4 times during the step Training", retrain.Message, StringComparison.Ordinal);
    }

    private Task<ChildService> StartAsync() =>
        ChildService.StartAsync(_folder.Arguments(NightCatalogue.Settings(_folder)), Cancel, ContractCheck.Create());

    private static async Task<RetrainResponse> EndAsync(DmlClient client, ChildService? service = null)
    {
        return (await Eventually.SeeAsync(
            async () =>
            {
                Assert.True(service is null || !service.HasExited, service?.Log);
                return (await client.RetrainsAsync(Cancel)).FirstOrDefault();
            },
            retrain => retrain is { Step: RetrainStep.Ended }, "the retrain ends", Cancel, TimeSpan.FromMinutes(10)))!;
    }

    // Kills as soon as the state file says that this step, or a later one, has begun; in training, when there is a process
    // to be left behind.
    private async Task KillAtAsync(ChildService service, string step, List<string> met)
    {
        string[] steps = ["snapshot", "training", "registration", "rollout", "report", "ended"];
        string now;
        do
        {
            now = StepNow();
        } while (
            Array.IndexOf(steps, now) < Array.IndexOf(steps, step) || (now == "training" && TrainingProcesses.Of(_folder.Data).Count == 0));
        await service.KillAsync();
        met.Add(StepNow());
        // The training process goes with the service that started it.
        var begin = TimeProvider.System.GetTimestamp();
        while (TrainingProcesses.Of(_folder.Data).Count > 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(30), "The training process outlives the service.");
            await Task.Delay(20, Cancel);
        }
    }

    private void Rewrite(Action<JsonObject> change)
    {
        var path = Directory.EnumerateFiles(Retrains, "state.json", SearchOption.AllDirectories).Single();
        var state = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(state);
        File.WriteAllText(path, state.ToJsonString());
    }

    private string StepNow()
    {
        var path = Directory.Exists(Retrains)
            ? Directory.EnumerateFiles(Retrains, "state.json", SearchOption.AllDirectories).FirstOrDefault()
            : null;
        return path is null ? "" : (string)JsonNode.Parse(File.ReadAllText(path))!["step"]!;
    }
}
