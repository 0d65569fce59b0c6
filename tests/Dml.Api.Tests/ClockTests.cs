using Dml.Api.Backups;
using Dml.Api.Generations;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Files;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>The clock is set back and forward while the service runs: nights begin once, and what is newest is kept.</summary>
public sealed class ClockTests : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly TestFolder _folder = new();
    private readonly TestClock _clock;

    public ClockTests()
    {
        // At noon where the service runs, because its schedule is in local time.
        var noon = new DateTime(2026, 5, 1, 12, 0, 0, DateTimeKind.Unspecified);
        _clock = new TestClock(new DateTimeOffset(noon, TimeZoneInfo.Local.GetUtcOffset(noon)).ToUniversalTime());
        // The program that would be started if there were enough to learn from.
        File.WriteAllText(Path.Combine(_folder.Models, "dml.dll"), "");
    }

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Retrains => Path.Combine(_folder.Data, "retrains");

    [Fact]
    public async Task A_night_begins_once_although_the_clock_is_set_back()
    {
        await using var service = await StartAsync();
        await NightsAsync(service, 1);
        _clock.Set(_clock.GetUtcNow().AddHours(-10));
        await NightsAsync(service, 2, Day + TimeSpan.FromHours(2));
        var retrains = await service.Client.RetrainsAsync(Cancel);
        Assert.Equal(2, retrains.Length);
        // The newest is the first, also where its clock says otherwise.
        _clock.Set(_clock.GetUtcNow().AddYears(-1));
        _clock.Advance(Day);
        var three = await Eventually.SeeAsync(
            () => service.Client.RetrainsAsync(Cancel), now => now.Length == 3, "the night of a year before", Cancel);
        Assert.Equal(2025, three[0].StartedAt.Year);
        Assert.Equal(retrains.Select(retrain => retrain.Id), three.Skip(1).Select(retrain => retrain.Id));
    }

    [Fact]
    public async Task A_night_that_cannot_start_is_reported_and_the_next_one_goes_on()
    {
        await using var service = await StartAsync();
        Directory.Delete(Retrains, recursive: true);
        await File.WriteAllTextAsync(Retrains, "no folder", Cancel);
        _clock.Advance(Day);
        var health = await Eventually.SeeAsync(service.HealthAsync, now => now.Problems.Count > 0, "the night is reported", Cancel);
        Assert.Equal(
            ("degraded", "The retrain of last night could not be started; the log has the cause."),
            (health.Status, health.Problems.Single()));
        await service.Client.PutItemAsync("i0", Pictures.Blocks(0), cancel: Cancel);
        Assert.False(service.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>()
            .ApplicationStopping.IsCancellationRequested);

        File.Delete(Retrains);
        Directory.CreateDirectory(Retrains);
        await NightsAsync(service, 1);
        Assert.Equal("ready", (await service.HealthAsync()).Status);
    }

    [Fact]
    public async Task A_backup_never_deletes_a_newer_one_whatever_the_clock_says()
    {
        await using var service = await StartAsync("--Backup:Keep=3");
        var starter = service.Services.GetRequiredService<BackupStarter>();
        var made = new List<string>();
        foreach (var hours in (int[])[0, 24, -8760, 0, 100, -1, 20_000, -30_000])
        {
            _clock.Set(_clock.GetUtcNow().AddHours(hours));
            var before = await BackupsAsync(service);
            var started = starter.Start();
            Assert.True(started.Succeeded);
            var job = await service.Client.WaitForJobAsync(started.Value.Id, Cancel);
            Assert.True(job.State == JobState.Succeeded, job.Message);
            made.Add((await BackupsAsync(service)).Single(name => !before.Contains(name)));
            Assert.Equal(made.AsEnumerable().Reverse().Take(3), await BackupsAsync(service));
        }
    }

    [Fact]
    public async Task The_generation_before_the_active_one_is_kept_although_the_clock_has_been_set_back()
    {
        _folder.AddModel("second", seed: 2);
        _folder.AddModel("third", seed: 3);
        _folder.AddModel("fourth", seed: 4);
        await using var service = await StartAsync();
        await service.Client.PutItemAsync("i0", Pictures.Blocks(0), cancel: Cancel);
        var retention = service.Services.GetRequiredService<GenerationRetention>();
        var fingerprints = new List<string> { service.Services.GetRequiredService<GenerationRegistry>().Active!.Fingerprint };
        foreach (var model in (string[])["second", "third", "fourth"])
        {
            _clock.Set(_clock.GetUtcNow().AddYears(-1));
            var job = await service.Client.WaitForJobAsync((await service.Client.RollOutAsync(model, Cancel)).Id, Cancel);
            Assert.True(job.State == JobState.Succeeded, job.Message);
            fingerprints.Add(service.Services.GetRequiredService<GenerationRegistry>().Active!.Fingerprint);
            Assert.Equal(fingerprints.AsEnumerable().Reverse().Take(2), await retention.KeptAsync(Cancel));
        }
    }

    [Theory]
    [InlineData("20260501-120000-000")]
    [InlineData("20260501-120000-000", "20250101-000000-000", "99999999-999999-999")]
    [InlineData("20310101-000000-001", "20310101-000000-000", "20300101-000000-000")]
    [InlineData("20260501-120000-001", "20260501-120000-000")]
    public void A_name_comes_after_all_others(string expected, params string[] others) =>
        Assert.Equal(expected, TimeName.Next(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(4000), others));

    private static async Task<string[]> BackupsAsync(TestService service) =>
        [.. (await service.Http.GetFromAsync("backups")).AsArray().Select(backup => (string)backup!["name"]!)];

    private async Task<TestService> StartAsync(params string[] more)
    {
        var service = await TestService.StartAsync(
            _folder,
            services => services.AddSingleton<TimeProvider>(_clock),
            [$"--Retrain:Program={Path.Combine(_folder.Models, "dml.dll")}", "--Retrain:Cron=0 0 3 * * ?", .. more]);
        // It looks at the clock every minute from now on, as the audit log and the uses of keys do.
        await Eventually.BeAsync(
            () => _clock.Waiting.Count(left => left == TimeSpan.FromMinutes(1)) == 3, "the nights are scheduled", Cancel);
        return service;
    }

    // Time passes; then there are so many retrains, which have ended.
    private async Task NightsAsync(TestService service, int count, TimeSpan? time = null)
    {
        _clock.Advance(time ?? Day);
        var retrains = await Eventually.SeeAsync(
            () => service.Client.RetrainsAsync(Cancel), now => now.Length >= count, $"{count} nights", Cancel);
        Assert.Equal(count, retrains.Length);
        // Its job too: one retrain runs at a time.
        await Eventually.SeeAsync(
            () => service.Client.JobsAsync(Cancel), jobs => jobs.All(job => job.HasEnded), "the night ends", Cancel);
        Assert.All(
            await service.Client.RetrainsAsync(Cancel),
            night => Assert.Equal((RetrainStep.Ended, RetrainOutcome.Skipped), (night.Step, night.Outcome)));
    }
}
