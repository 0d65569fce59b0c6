using System.Collections.Concurrent;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;

namespace Dml.Api.Tests;

public sealed class RolloutTests : IDisposable
{
    // Every label is held out: twenty labels are few enough.
    private const string AllHeldOut = "--Gate:HeldOut=1";
    private const int Writers = 4;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_embedder_comes_into_service_through_the_gate()
    {
        _folder.AddModel("second", seed: 2, dimension: 48);
        await using var service = await TestService.StartAsync(_folder, AllHeldOut);
        await LabelledCatalogue.FillAsync(service.Client);

        var job = await RollOutAsync(service.Client, "second");

        Assert.Equal((JobState.Succeeded, LabelledCatalogue.Items), (job.State, (int)job.Result!["embedded"]!));
        var generations = await service.Client.GenerationsAsync(Cancel);
        Assert.Equal(
            [(2, "second", GenerationState.Active), (1, "tiny", GenerationState.Retired)],
            generations.Select(row => (row.Number, row.Model, row.State)));
        Assert.Equal(
            ["missing-items", "index-recall", "unseen-labels", "R@1", "MAP@R"],
            generations[0].Gate!.Checks.Select(check => check.Name));
        Assert.All(generations[0].Gate!.Checks, check => Assert.True(check.Passed, check.Detail));
        Assert.Equal(LabelledCatalogue.Items, generations[0].Gate!.Checks[3].Figures["queries"]);
        var found = await service.Client.SearchAsync(LabelledCatalogue.Picture(7), new() { K = 1 }, Cancel);
        Assert.Equal(
            (2, "second", generations[0].Fingerprint, "i07"), (found.Generation, found.Model, found.Fingerprint, found.Hits[0].Id));
        Assert.Equal(48, (await service.Client.EmbedAsync(LabelledCatalogue.Picture(7), Cancel)).Vector.Length);
    }

    [Fact]
    public async Task What_changes_during_a_rollout_is_in_the_new_generation()
    {
        _folder.AddModel("second", seed: 2, dimension: 48);
        await using var service = await TestService.StartAsync(_folder);
        await LabelledCatalogue.FillAsync(service.Client);
        var expected = new ConcurrentDictionary<string, byte[]>(
            Enumerable.Range(0, LabelledCatalogue.Items).Select(i => KeyValuePair.Create($"i{i:d2}", LabelledCatalogue.Picture(i))));

        var job = await service.Client.RollOutAsync("second", Cancel);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => ChangeAsync(service.Client, job.Id, writer, expected)));

        Assert.Equal(JobState.Succeeded, (await service.Client.WaitForJobAsync(job.Id, Cancel)).State);
        await CheckCatalogueAsync(service.Client, 2, expected);
        // And back: the former one takes over what has changed since.
        Assert.True((await service.Client.ActivateAsync(1, Cancel)).Active);
        await CheckCatalogueAsync(service.Client, 1, expected);
    }

    [Fact]
    public async Task A_wrong_mean_is_refused_with_its_numbers()
    {
        // The same network; the pictures vanish behind a mean that is far off.
        _folder.AddModel("spoilt", seed: 1, mean: 5000);
        await using var service = await TestService.StartAsync(_folder, AllHeldOut);
        await LabelledCatalogue.FillAsync(service.Client);

        var job = await RollOutAsync(service.Client, "spoilt");

        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("The gate refused generation 2. ", job.Message, StringComparison.Ordinal);
        Assert.Matches(
            @"R@1: 0\.\d{4} against 1\.0000 of the active generation on 60 items of 20 labels: difference -[01]\.\d{4}, 95 % interval",
            job.Message);
        Assert.False((bool)job.Result!["gate"]!["passed"]!);
        var generations = await service.Client.GenerationsAsync(Cancel);
        Assert.Equal([GenerationState.Refused, GenerationState.Active], generations.Select(row => row.State));
        Assert.Equal(job.Message, generations[0].Problem);
        Assert.Equal(0, generations[0].Vectors);
        var found = await service.Client.SearchAsync(LabelledCatalogue.Picture(7), null, Cancel);
        Assert.Equal((1, "i07"), (found.Generation, found.Hits[0].Id));
        // The way is free for the next one.
        _folder.AddModel("second", seed: 2);
        Assert.Equal(JobState.Succeeded, (await RollOutAsync(service.Client, "second")).State);
    }

    [Fact]
    public async Task An_item_that_cannot_be_embedded_is_named_at_the_gate()
    {
        _folder.AddModel("second", seed: 2);
        await using var service = await TestService.StartAsync(_folder);
        await LabelledCatalogue.FillAsync(service.Client);
        var sha256 = (await service.Client.FindItemAsync("i31", Cancel))!.Sha256;
        await File.WriteAllTextAsync(Path.Combine(_folder.Data, "blobs", sha256[..2], sha256), "no picture any more", Cancel);

        var job = await RollOutAsync(service.Client, "second");

        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("missing-items: 1 of 60 items have no embedding, among them i31.", job.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_as_many_generations_are_kept_as_configured()
    {
        _folder.AddModel("second", seed: 2);
        _folder.AddModel("third", seed: 3);
        await using var service = await TestService.StartAsync(_folder);
        await LabelledCatalogue.FillAsync(service.Client);
        Assert.Equal(JobState.Succeeded, (await RollOutAsync(service.Client, "second")).State);
        Assert.Equal(JobState.Succeeded, (await RollOutAsync(service.Client, "third")).State);

        var generations = await service.Client.GenerationsAsync(Cancel);
        Assert.Equal([(3, 60L), (2, 60L), (1, 0L)], generations.Select(row => (row.Number, row.Vectors)));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder.Data, "index")).Length);
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(_folder.Data, "embedders")).Length);
        Assert.Equal("generation-gone", (await RefusedAsync(() => service.Client.ActivateAsync(1, Cancel))).Code);
        Assert.True((await service.Client.ActivateAsync(2, Cancel)).Active);
        Assert.Equal(2, (await service.Client.StatsAsync(Cancel)).Generation);
    }

    [Fact]
    public async Task What_cannot_be_rolled_out_is_refused_at_once()
    {
        _folder.AddModel("damaged", seed: 2);
        await File.AppendAllTextAsync(Path.Combine(_folder.Models, "damaged", "embedder.onnx"), "x", Cancel);
        await using var service = await TestService.StartAsync(_folder);

        Assert.Equal("not-found", (await RefusedAsync(() => service.Client.RollOutAsync("absent", Cancel))).Code);
        Assert.Equal("not-found", (await RefusedAsync(() => service.Client.RollOutAsync("..", Cancel))).Code);
        Assert.Equal("already-active", (await RefusedAsync(() => service.Client.RollOutAsync("tiny", Cancel))).Code);
        Assert.Equal("not-found", (await RefusedAsync(() => service.Client.ActivateAsync(7, Cancel))).Code);
        var damaged = await RefusedAsync(() => service.Client.RollOutAsync("damaged", Cancel));
        Assert.Equal("bad-embedder", damaged.Code);
        Assert.Contains("is not the file that model.json describes", damaged.Message, StringComparison.Ordinal);
        Assert.True((await service.Client.ActivateAsync(1, Cancel)).Active);
        Assert.Single(await service.Client.GenerationsAsync(Cancel));
    }

    [Fact]
    public async Task A_cancelled_rollout_leaves_the_active_generation_and_one_runs_at_a_time()
    {
        _folder.AddModel("second", seed: 2);
        await using var service = await TestService.StartAsync(_folder);
        await Parallel.ForAsync(0, 200, Cancel, async (i, cancel) =>
            await service.Client.PutItemAsync($"i{i}", Pictures.Blocks(i), null, cancel));
        var job = await service.Client.RollOutAsync("second", Cancel);
        Assert.Equal("rollout-running", (await RefusedAsync(() => service.Client.RollOutAsync("second", Cancel))).Code);
        await service.Client.CancelJobAsync(job.Id, Cancel);

        Assert.Equal(JobState.Cancelled, (await service.Client.WaitForJobAsync(job.Id, Cancel)).State);
        var generations = await service.Client.GenerationsAsync(Cancel);
        Assert.Equal([GenerationState.Failed, GenerationState.Active], generations.Select(row => row.State));
        Assert.Equal("Cancelled.", generations[0].Problem);
        Assert.Equal(1, (await service.Client.SearchAsync(Pictures.Blocks(1), null, Cancel)).Generation);
    }

    // Adds, replaces and deletes items of its own until the job has ended.
    private static async Task ChangeAsync(DmlClient client, string job, int writer, ConcurrentDictionary<string, byte[]> expected)
    {
        var random = new Random(writer);
        for (var i = 0; !(await client.FindJobAsync(job, Cancel))!.HasEnded || i < 20; i++)
        {
            var id =
                random.Next(3) == 0 ? $"new-{writer}-{i}" : $"i{(random.Next(LabelledCatalogue.Items / Writers) * Writers) + writer:d2}";
            if (random.Next(4) == 0)
            {
                await client.DeleteItemAsync(id, Cancel);
                expected.TryRemove(id, out _);
            }
            else
            {
                expected[id] = Pictures.Blocks((1000 * (writer + 1)) + i);
                await client.PutItemAsync(id, expected[id], null, Cancel);
            }
        }
    }

    private static async Task<Job> RollOutAsync(DmlClient client, string model) =>
        await client.WaitForJobAsync((await client.RollOutAsync(model, Cancel)).Id, Cancel);

    private static async Task<DmlException> RefusedAsync(Func<Task> call) => await Assert.ThrowsAsync<DmlException>(call);

    private static async Task CheckCatalogueAsync(DmlClient client, int generation, ConcurrentDictionary<string, byte[]> expected)
    {
        var stats = await client.StatsAsync(Cancel);
        Assert.Equal((generation, expected.Count, expected.Count), (stats.Generation, (int)stats.Items, stats.Index!.Vectors));
        foreach (var (id, picture) in expected)
        {
            var found = await client.SearchAsync(picture, new() { K = 3 }, Cancel);
            Assert.Contains(id, found.Hits.Where(hit => hit.Score > 0.9999f).Select(hit => hit.Id));
        }
    }
}
