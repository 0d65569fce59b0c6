using System.Diagnostics.Metrics;
using Dml.Api.Catalogue;
using Dml.Api.Gate;
using Dml.Api.Generations;
using Dml.Api.Health;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

public sealed class IndexRecallTests : IDisposable
{
    private const int Items = 60;
    private const int Labels = 30;
    private const int ItemsOfLabel = 10;
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_sees_what_an_index_has_lost()
    {
        await using var service = await TestService.StartAsync(_folder);
        for (var i = 0; i < Items; i++)
        {
            using var put = await service.Http.PutAsync($"i{i}", Pictures.Blocks(i));
        }

        var generation = service.Services.GetRequiredService<GenerationRegistry>().Active!;
        var whole = await MeasureAsync(service, generation);
        Assert.Equal(1.0, whole!.Recall);
        Assert.Equal(Items, whole.Queries);
        Assert.Equal(1.0, whole.Worst!.Recall);

        // Keys begin at 1. With a third left, the true ten nearest of the catalogue are there a third of the time.
        for (var key = 1; key <= Items; key++)
        {
            Assert.Equal(key % 3 != 0, key % 3 != 0 && generation.Index.Remove(key));
        }

        var maimed = await MeasureAsync(service, generation);
        Assert.InRange(maimed!.Recall, 0.2, 0.45);
        Assert.InRange(maimed.Worst!.Recall, 0, 0.35);
    }

    [Fact]
    public async Task There_is_no_figure_without_items()
    {
        await using var service = await TestService.StartAsync(_folder);
        Assert.Null(await MeasureAsync(service, service.Services.GetRequiredService<GenerationRegistry>().Active!));
    }

    [Fact]
    public async Task An_index_that_hides_a_label_is_found_although_its_recall_is_high_and_the_gate_refuses_it()
    {
        await using var service = await TestService.StartAsync(_folder, "--Gate:Recall=0.9");
        await FillAsync(service);
        var index = FailingIndex.Of(service);
        var generation = service.Services.GetRequiredService<GenerationRegistry>().Active!;
        var whole = await MeasureAsync(service, generation);
        Assert.Equal((1, 1), (whole!.Recall, whole.Worst!.Recall));
        Assert.InRange(whole.Worst.Strata, Labels + 1, Labels + 30);
        var gate = service.Services.GetRequiredService<RolloutGate>();
        Assert.True((await gate.MeasureAsync(generation, active: null, unattended: false, Cancel)).Passed);

        var hidden = await KeysOfAsync(service, "label 17");
        index.Hides = hidden.Contains;
        var hiding = (await MeasureAsync(service, generation))!;
        Assert.InRange(hiding.Recall, 0.9, 0.999);
        Assert.Equal(("label:label 17", 0, ItemsOfLabel), (hiding.Worst!.Name, hiding.Worst.Recall, hiding.Worst.Queries));

        var report = await gate.MeasureAsync(generation, active: null, unattended: false, Cancel);
        Assert.False(report.Passed);
        var check = Assert.Single(report.Checks, check => !check.Passed);
        Assert.Equal("index-recall", check.Name);
        Assert.Contains("Of label:label 17, which fares worst of ", check.Detail, StringComparison.Ordinal);
        Assert.True(check.Figures["recallAt10"] >= check.Figures["required"]);
        Assert.Equal((0, 0.7), (check.Figures["worstRecallAt10"], check.Figures["worstRequired"]));

        // One item in ten of a label is not a label.
        index.Hides = key => key == hidden.First();
        Assert.True((await gate.MeasureAsync(generation, active: null, unattended: false, Cancel)).Passed);
    }

    [Fact]
    public async Task Without_labels_the_few_beside_a_crowd_are_found_to_be_hidden()
    {
        const int Crowd = 200;
        await using var service = await TestService.StartAsync(_folder);
        await Parallel.ForAsync(0, Crowd, Cancel, async (i, cancel) =>
            await service.Client.PutItemAsync($"frame-{i}", Frames.Picture(i), cancel: cancel));
        for (var i = 0; i < 12; i++)
        {
            await service.Client.PutItemAsync($"other-{i}", Pictures.Blocks(i), cancel: Cancel);
        }

        var index = FailingIndex.Of(service);
        var generation = service.Services.GetRequiredService<GenerationRegistry>().Active!;
        // Codes of a byte do not tell the nearest copies from the next.
        Assert.InRange((await MeasureAsync(service, generation))!.Worst!.Recall, 0.9, 1);
        index.Hides = key => key > Crowd;
        var hiding = (await MeasureAsync(service, generation))!;
        Assert.InRange(hiding.Recall, 0.9, 0.999);
        Assert.StartsWith("distance:", hiding.Worst!.Name, StringComparison.Ordinal);
        Assert.InRange(hiding.Worst.Recall, 0, 0.2);
        Assert.InRange(hiding.Worst.Queries, 5, 12);
    }

    [Fact]
    public async Task The_service_finds_out_by_itself_and_says_so()
    {
        var clock = new TestClock(DateTimeOffset.UtcNow);
        await using var service = await TestService.StartAsync(
            _folder, services => services.AddSingleton<TimeProvider>(clock), "--Gate:Recall=0.9");
        await FillAsync(service);
        var index = FailingIndex.Of(service);
        var checkedOnce = await StatsWhenAsync(stats => stats.WorstStratum is not null);
        Assert.Equal((1, 1), (checkedOnce.RecallAt10, checkedOnce.WorstStratum!.RecallAt10));
        Assert.Equal("ready", (await service.HealthAsync()).Status);

        var hidden = await KeysOfAsync(service, "label 3");
        index.Hides = hidden.Contains;
        await service.Client.PutItemAsync("more", Pictures.Blocks(10_000), cancel: Cancel);
        var found = await StatsWhenAsync(stats => stats.WorstStratum!.RecallAt10 < 1);
        Assert.Equal("label:label 3", found.WorstStratum!.Name);
        Assert.Equal((0, ItemsOfLabel), (found.WorstStratum.RecallAt10, found.WorstStratum.Queries));
        Assert.InRange(found.RecallAt10!.Value, 0.9, 0.999);
        var health = await Eventually.SeeAsync(service.HealthAsync, health => health.Status == "degraded", "the problem", Cancel);
        Assert.Contains("The index finds too few", Assert.Single(health.Problems), StringComparison.Ordinal);
        Assert.DoesNotContain("label 3", health.Problems[0], StringComparison.Ordinal);
        Assert.Contains((0, "worst"), Measurements(service));

        index.Hides = null;
        await service.Client.PutItemAsync("more", Pictures.Blocks(10_001), cancel: Cancel);
        await StatsWhenAsync(stats => stats.WorstStratum!.RecallAt10 == 1);
        await Eventually.SeeAsync(service.HealthAsync, health => health.Status == "ready", "the problem is solved", Cancel);

        Task<IndexStats> StatsWhenAsync(Func<IndexStats, bool> isEnough) => Eventually.SeeAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(20));
                return (await service.Client.StatsAsync(Cancel)).Index!;
            },
            isEnough, "the check", Cancel);
    }

    [Fact]
    public void Of_too_many_labels_an_even_sample_is_taken_and_each_seed_takes_another()
    {
        const int All = 3000, Most = 500;
        var taken = new int[All];
        const int Seeds = 60;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var sample = new LabelSample(Most, itemsEach: 4, seed);
            for (var key = 0; key < 6 * All; key++)
            {
                sample.Add(key, $"{key % All}");
            }

            var groups = sample.Groups.ToList();
            Assert.InRange(groups.Count, Most / 3, Most);
            foreach (var (label, keys) in groups)
            {
                var number = int.Parse(label, System.Globalization.CultureInfo.InvariantCulture);
                taken[number]++;
                Assert.Equal(4, keys.Distinct().Count());
                Assert.All(keys, key => Assert.Equal(number, key % All));
            }
        }

        // Each in about an eighth of the samples.
        Assert.All(taken, times => Assert.InRange(times, 0, Seeds / 2));
        Assert.True(taken.Count(times => times == 0) < All / 100, $"{taken.Count(times => times == 0)} labels were never taken.");

        var few = new LabelSample(Most, itemsEach: 4, seed: 1);
        for (var key = 0; key < 4000; key++)
        {
            few.Add(key, $"{key % 400}");
        }

        Assert.Equal(400, few.Groups.Count());
        // Items early and late alike: the mean of the positions of four of ten is that of ten.
        Assert.InRange(few.Groups.SelectMany(group => group.Keys).Average(key => key / 400), 4.2, 4.8);
    }

    private static Task<RecallFigure?> MeasureAsync(TestService service, Generation generation) =>
        new IndexRecall(service.Services.GetRequiredService<SqliteCatalogue>(), TimeProvider.System)
            .MeasureAsync(generation, 100, seed: 1, Cancel);

    private static Task FillAsync(TestService service) => Parallel.ForAsync(
        0, Labels * ItemsOfLabel, Cancel,
        async (i, cancel) => await service.Client.PutItemAsync(
            $"i{i}", Pictures.Blocks(i), new() { Label = $"label {i % Labels}" }, cancel));

    private static async Task<HashSet<long>> KeysOfAsync(TestService service, string label)
    {
        var keys = new HashSet<long>();
        await foreach (var (key, other) in service.Services.GetRequiredService<SqliteCatalogue>().LabelsAsync(Cancel))
        {
            if (other == label)
            {
                keys.Add(key);
            }
        }

        Assert.Equal(ItemsOfLabel, keys.Count);
        return keys;
    }

    private static List<(double Value, string Of)> Measurements(TestService service)
    {
        // Made when telemetry is on.
        service.Services.GetRequiredService<Gauges>();
        var seen = new List<(double, string)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, meter) =>
        {
            if (instrument.Name == "dml.index.recall")
            {
                meter.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => seen.Add((value, (string)tags[0].Value!)));
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }
}
