using System.Text.RegularExpressions;
using Dml.Api.Configuration;
using Dml.Api.Retrains;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Embedding.Labels;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>Whole nights: the real service, the real training process, a tiny network.</summary>
public sealed class RetrainTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_night_learns_and_answers_and_a_night_of_shuffled_labels_is_refused()
    {
        NightCatalogue.SkipWithoutTrainer();
        await using var service = await TestService.StartAsync(_folder, NightCatalogue.Settings(_folder));
        var client = service.Client;
        await NightCatalogue.FillAsync(client);
        // The candidate of a night that was refused long ago waits for somebody who activates it anyway.
        var former = RetrainState.New(new DateTimeOffset(2020, 1, 1, 3, 0, 0, TimeSpan.Zero), []) with
        {
            Step = RetrainStep.Ended,
            Outcome = RetrainOutcome.Refused,
        };
        service.Services.GetRequiredService<RetrainFiles>().Save(former);
        _folder.AddModel(former.Model, seed: 9);

        // The tiny embedder cannot be continued: the first night begins with the recipe's network.
        var first = await NightAsync(client);
        Assert.Equal((RetrainOutcome.Activated, RetrainStep.Ended, false), (first.Outcome, first.Step, first.Continued));
        Assert.True(
            (double)first.Figures!["after"]!["R@1"]! > (double)first.Figures["before"]!["R@1"]! + 0.2, first.Figures.ToJsonString());
        Assert.Equal(NightCatalogue.Items, first.Learnt!.TrainingPictures + first.Learnt.HeldOutPictures);
        var stats = await client.StatsAsync(Cancel);
        Assert.Equal((2, first.Model, NightCatalogue.Items), (stats.Generation, stats.Model, stats.Index!.Vectors));
        // The gate has measured the same labels: its figures are the training process's.
        Assert.Equal(
            (double)first.Figures["after"]!["R@1"]!, first.Gate!.Checks.Single(check => check.Name == "R@1").Figures["candidate"], 0.03);

        // Nothing has changed since.
        var idle = await NightAsync(client);
        Assert.Equal(RetrainOutcome.Skipped, idle.Outcome);
        Assert.Contains($"in the retrain {first.Id}", idle.Message, StringComparison.Ordinal);

        // Shuffled labels, feedback too: the second night goes on from the first, and learns nonsense.
        await ShuffleAsync(client);
        await client.GiveFeedbackAsync(NightCatalogue.Id(0), NightCatalogue.Id(NightCatalogue.Items - 1), right: true, Cancel);
        var spoilt = await NightAsync(client);
        Assert.Equal((RetrainOutcome.Refused, true), (spoilt.Outcome, spoilt.Continued));
        Assert.Matches(
            @"stays active\. The gate refused generation 3\. .*(R@1|MAP@R): 0\.\d{4} against 0\.\d{4} of the active generation on \d+ "
                + @"items of \d+ labels: difference -0\.\d{4}, 95 % interval -0\.\d{4} to",
            spoilt.Message);
        Assert.Equal((2, first.Model), ((await client.StatsAsync(Cancel)).Generation, (await client.StatsAsync(Cancel)).Model));

        // The last refused candidate stays until another one is decided, the accepted one stays; every night has its page.
        Assert.Equal(
            [first.Model!, spoilt.Model!, "tiny"],
            Directory.EnumerateDirectories(_folder.Models).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal));
        Assert.Equal([spoilt.Id, idle.Id, first.Id, former.Id], (await client.RetrainsAsync(Cancel)).Select(retrain => retrain.Id));
        foreach (var retrain in new[] { first, spoilt })
        {
            var page = await client.RetrainReportAsync(retrain.Id, Cancel);
            Assert.Contains(retrain.Outcome.ToString()!, page, StringComparison.Ordinal);
            Assert.Matches(@"<th>R@1</th><td class='n'>[01]\.\d{4} \[[01]\.\d{4}, [01]\.\d{4}\]</td>", page);
            Assert.InRange(Regex.Count(page!, "data:image/jpeg;base64,/9j/"), 12, 24 * 12);
            Assert.DoesNotContain("src='http", page, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Path.Combine(_folder.Data, "retrains", retrain.Id, "work")));
        }

        var forced = await client.WaitForJobAsync((await client.RollOutAnywayAsync(spoilt.Model!, Cancel)).Id, Cancel);
        Assert.Equal(JobState.Succeeded, forced.State);
        Assert.Equal("local", (await client.GenerationsAsync(Cancel))[0].Gate!.Override!.By);

        Assert.Contains("Nothing new", await client.RetrainReportAsync(idle.Id, Cancel), StringComparison.Ordinal);
        Assert.Null(await client.RetrainReportAsync("0", Cancel));
        Assert.Null(await client.FindRetrainAsync("nothing", Cancel));
    }

    [Fact]
    public async Task Too_few_labelled_items_skip_the_night()
    {
        NightCatalogue.SkipWithoutTrainer();
        await using var service = await TestService.StartAsync(_folder);
        var retrain = await NightAsync(service.Client);
        Assert.Equal(RetrainOutcome.Skipped, retrain.Outcome);
        Assert.Contains("100 are needed (Retrain:MinItems)", retrain.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_runs_at_a_time_and_a_cancelled_one_leaves_nothing()
    {
        NightCatalogue.SkipWithoutTrainer();
        await using var service = await TestService.StartAsync(
            _folder,
            NightCatalogue.Settings(
                _folder, NightCatalogue.Recipe.Replace("\"epochs\": 30", "\"epochs\": 100000", StringComparison.Ordinal)));
        await NightCatalogue.FillAsync(service.Client);
        var job = await service.Client.RetrainAsync(Cancel);
        Assert.Equal("retrain-running", (await Assert.ThrowsAsync<DmlException>(() => service.Client.RetrainAsync(Cancel))).Code);
        var last = job;
        await foreach (var now in service.Client.WatchJobAsync(job.Id, Cancel))
        {
            last = now;
            if (now.Done > 20)
            {
                // It trains: steps of the training process have become the job's.
                Assert.Matches(@"train \d+/\d+, epoch \d+ of 100000, loss \d", now.Message);
                Assert.NotEmpty(TrainingProcesses.Of(_folder.Data));
                await service.Client.CancelJobAsync(job.Id, Cancel);
                break;
            }
        }

        last = await service.Client.WaitForJobAsync(job.Id, Cancel);

        Assert.Equal(JobState.Cancelled, last.State);
        var retrain = Assert.Single(await service.Client.RetrainsAsync(Cancel));
        Assert.Equal((RetrainOutcome.Cancelled, RetrainStep.Ended, last.Id), (retrain.Outcome, retrain.Step, retrain.JobId));
        Assert.Empty(TrainingProcesses.Of(_folder.Data));
        Assert.False(Directory.Exists(Path.Combine(_folder.Data, "retrains", retrain.Id, "work")));
        Assert.Equal(1, (await service.Client.StatsAsync(Cancel)).Generation);
    }

    [Fact]
    public async Task A_failure_is_reported()
    {
        NightCatalogue.SkipWithoutTrainer();
        await using var service = await TestService.StartAsync(
            _folder, NightCatalogue.Settings(_folder, """{"loss":{"name":"no-such-loss"}}"""));
        await NightCatalogue.FillAsync(service.Client);
        var job = await service.Client.WaitForJobAsync((await service.Client.RetrainAsync(Cancel)).Id, Cancel);

        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("no-such-loss", job.Message, StringComparison.Ordinal);
        var retrain = Assert.Single(await service.Client.RetrainsAsync(Cancel));
        Assert.Equal((RetrainOutcome.Failed, job.Message), (retrain.Outcome, retrain.Message));
        Assert.Contains("no-such-loss", await service.Client.RetrainReportAsync(retrain.Id, Cancel), StringComparison.Ordinal);
        Assert.Equal("degraded", (await service.HealthAsync()).Status);
    }

    [Fact]
    public async Task The_training_program_may_come_while_the_service_runs()
    {
        NightCatalogue.SkipWithoutTrainer();
        var training = Path.Combine(_folder.Models, "..", "training");
        await using var service = await TestService.StartAsync(
            _folder,
            [
                .. NightCatalogue.Settings(_folder, """{"loss":{"name":"no-such-loss"}}"""),
                $"--Retrain:Program={Path.Combine(training, "dml.dll")}",
            ]);
        await NightCatalogue.FillAsync(service.Client);
        var refused = await Assert.ThrowsAsync<DmlException>(() => service.Client.RetrainAsync(Cancel));
        Assert.Equal("no-trainer", refused.Code);
        Assert.Contains("The file named by Retrain:Program does not exist", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await service.Client.RetrainsAsync(Cancel));

        Directory.CreateSymbolicLink(training, NightCatalogue.TrainerFolder);
        var job = await service.Client.WaitForJobAsync((await service.Client.RetrainAsync(Cancel)).Id, Cancel);
        // Its own words: it ran.
        Assert.Contains("The training process exited with code", job.Message, StringComparison.Ordinal);
        Assert.Contains("no-such-loss", job.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_clock_starts_it()
    {
        NightCatalogue.SkipWithoutTrainer();
        await using var service = await TestService.StartAsync(_folder, "--Retrain:Cron=* * * * * ?");
        var retrains = await Eventually.SeeAsync(
            () => service.Client.RetrainsAsync(Cancel), seen => seen.Length >= 2, "two nights", Cancel);

        Assert.InRange((retrains[0].StartedAt - retrains[1].StartedAt).TotalSeconds, 0.5, 10);
    }

    [Theory]
    [InlineData("--Retrain:Cron=every night", "Retrain:Cron is \"every night\"; expected second, minute, hour")]
    [InlineData("--Retrain:Recipe=nowhere.json", "nowhere.json cannot be read")]
    [InlineData("--Retrain:Nice=-1", "Retrain:Nice is \"-1\"; expected a whole number from 0 to 19")]
    public void A_wrong_setting_is_refused_with_its_name(string argument, string message)
    {
        var exception = Assert.Throws<SettingsException>(() => Program.Build(_folder.Arguments(argument)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    private static async Task<RetrainResponse> NightAsync(DmlClient client)
    {
        var job = await client.WaitForJobAsync((await client.RetrainAsync(Cancel)).Id, Cancel);
        Assert.True(job.State == JobState.Succeeded, job.Message);
        var retrain = (await client.RetrainsAsync(Cancel))[0];
        TestContext.Current.TestOutputHelper?.WriteLine($"{retrain.Outcome}: {retrain.Message} {retrain.Figures?.ToJsonString()}");
        Assert.Equal(job.Id, retrain.JobId);
        Assert.Equal($"{retrain.Outcome}", (string)job.Result!["outcome"]!, ignoreCase: true);
        return (await client.FindRetrainAsync(retrain.Id, Cancel))!;
    }

    // Of what is trained on alone: the gate's labels stay true.
    private static async Task ShuffleAsync(DmlClient client)
    {
        int[] learnt =
        [
            .. Enumerable.Range(0, NightCatalogue.Items).Where(i => !HeldOutLabels.Contains(NightCatalogue.Label(i), 0.4)),
        ];
        var labels = learnt.Select(NightCatalogue.Label).ToArray();
        new Random(7).Shuffle(labels);
        await Parallel.ForAsync(0, learnt.Length, Cancel, async (i, cancel) =>
            await client.PatchItemAsync(NightCatalogue.Id(learnt[i]), new() { ["label"] = labels[i] }, cancel));
    }
}
