using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>Asking a generation that does not serve, beside the one that does.</summary>
public sealed class CompareTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_kept_generation_answers_as_it_did_when_it_served()
    {
        _folder.AddModel("second", seed: 2, dimension: 48);
        await using var service = await TestService.StartAsync(_folder);
        await LabelledCatalogue.FillAsync(service.Client);
        var byPicture = await service.Client.SearchAsync(Pictures.Blocks(1000), new() { K = 12 }, Cancel);
        var byItem = await service.Client.SimilarAsync("i07", new() { K = 12 }, Cancel);
        await RollOutAsync(service.Client, "second");

        var kept = await service.Client.SearchAsync(Pictures.Blocks(1000), new() { K = 12, Generation = 1 }, Cancel);
        var keptByItem = await service.Client.SimilarAsync("i07", new() { K = 12, Generation = 1 }, Cancel);
        var active = await service.Client.SearchAsync(Pictures.Blocks(1000), new() { K = 12 }, Cancel);

        Assert.Equal((1, "tiny", byPicture.Fingerprint), (kept.Generation, kept.Model, kept.Fingerprint));
        Assert.Equal(byPicture.Hits.Select(hit => (hit.Id, hit.Score)), kept.Hits.Select(hit => (hit.Id, hit.Score)));
        Assert.Equal(byItem.Hits.Select(hit => (hit.Id, hit.Score)), keptByItem.Hits.Select(hit => (hit.Id, hit.Score)));
        Assert.Equal(2, active.Generation);
        Assert.NotEqual(active.Hits.Select(hit => hit.Score), kept.Hits.Select(hit => hit.Score));
        var named = await service.Client.SearchAsync(Pictures.Blocks(1000), new() { K = 12, Generation = 2 }, Cancel);
        Assert.Equal(active.Hits.Select(hit => hit.Id), named.Hits.Select(hit => hit.Id));
    }

    [Fact]
    public async Task A_kept_generation_closes_when_nobody_has_asked_it_for_five_minutes()
    {
        _folder.AddModel("second", seed: 2);
        var clock = new TestClock(DateTimeOffset.UtcNow);
        await using var service = await TestService.StartAsync(_folder, services => services.AddSingleton<TimeProvider>(clock));
        await LabelledCatalogue.FillAsync(service.Client);
        await RollOutAsync(service.Client, "second");
        var kept = (await service.Services.GetRequiredService<SqliteCatalogue>().Generations.AllAsync(Cancel))[0];
        var host = service.Services.GetRequiredService<ArchivedGenerationHost>();
        Generation opened;
        using (var lease = await host.AcquireAsync(kept, Cancel))
        {
            opened = lease.Generation;
        }

        clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        using (var lease = await host.AcquireAsync(kept, Cancel))
        {
            Assert.Same(opened, lease.Generation);
        }

        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.False(opened.TryAddReference());
        using var again = await host.AcquireAsync(kept, Cancel);
        Assert.NotSame(opened, again.Generation);
    }

    [Fact]
    public async Task A_kept_generation_forgets_what_is_deleted()
    {
        _folder.AddModel("second", seed: 2);
        await using var service = await TestService.StartAsync(_folder);
        await LabelledCatalogue.FillAsync(service.Client);
        await RollOutAsync(service.Client, "second");
        var before = await service.Client.SearchAsync(LabelledCatalogue.Picture(7), new() { K = 60, Generation = 1 }, Cancel);

        await service.Client.DeleteItemAsync("i07", Cancel);
        await service.Client.PutItemAsync("new", Pictures.Blocks(900), null, Cancel);
        var after = await service.Client.SearchAsync(LabelledCatalogue.Picture(7), new() { K = 60, Generation = 1 }, Cancel);

        Assert.Equal(before.Hits.Select(hit => hit.Id).Where(id => id != "i07"), after.Hits.Select(hit => hit.Id));
        using var unknown = await service.Http.GetAsync("items/new/similar?generation=1", Cancel);
        Assert.Equal((HttpStatusCode.NotFound, "not-found"), (unknown.StatusCode, await unknown.ProblemCodeAsync()));
    }

    [Fact]
    public async Task A_generation_that_is_gone_or_never_was_is_refused()
    {
        _folder.AddModel("second", seed: 2);
        _folder.AddModel("third", seed: 3);
        await using var service = await TestService.StartAsync(_folder, "--Generations:Keep=1");
        await LabelledCatalogue.FillAsync(service.Client);
        await RollOutAsync(service.Client, "second");

        using var gone = await service.Http.GetAsync("items/i07/similar?generation=1", Cancel);
        using var unknown = await service.Http.PostAsync("search?generation=77", new ByteArrayContent(Pictures.Blocks(1)), Cancel);

        Assert.Equal((HttpStatusCode.Conflict, "generation-gone"), (gone.StatusCode, await gone.ProblemCodeAsync()));
        Assert.Equal((HttpStatusCode.NotFound, "not-found"), (unknown.StatusCode, await unknown.ProblemCodeAsync()));
    }

    [Fact]
    public async Task A_building_generation_answers_before_it_is_active()
    {
        _folder.AddModel("second", seed: 2, dimension: 48);
        await using var service = await TestService.StartAsync(_folder);
        await LabelledCatalogue.FillAsync(service.Client);

        // A rollout yields to requests: while there are some, each of its pictures takes a tenth of a second.
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var busy = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => SearchAsync(service.Client, enough.Token)));
        var job = await service.Client.RollOutAsync("second", Cancel);
        var early = (await Eventually.SeeAsync(
            async () =>
            {
                using var answer = await service.Http.PostAsync(
                    "search?generation=2", new ByteArrayContent(LabelledCatalogue.Picture(7)), Cancel);
                // 503 until its index is open.
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{answer.StatusCode}");
                return answer.StatusCode == HttpStatusCode.OK ? await answer.Content.ReadFromJsonAsync<JsonObject>(Cancel) : null;
            },
            answer => answer is not null, "the building generation answers", Cancel))!;
        var active = (await service.Client.StatsAsync(Cancel)).Generation;
        await enough.CancelAsync();
        await busy;

        Assert.Equal((1, 2, "second"), (active, (int)early["generation"]!, (string)early["model"]!));
        Assert.Equal(JobState.Succeeded, (await service.Client.WaitForJobAsync(job.Id, Cancel)).State);
    }

    private static async Task SearchAsync(DmlClient client, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            await client.SearchAsync(LabelledCatalogue.Picture(3), null, Cancel);
        }
    }

    private static async Task RollOutAsync(DmlClient client, string model)
    {
        var job = await client.RollOutAsync(model, Cancel);
        Assert.Equal(JobState.Succeeded, (await client.WaitForJobAsync(job.Id, Cancel)).State);
    }
}
