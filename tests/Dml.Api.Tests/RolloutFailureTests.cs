using System.Security.Cryptography;
using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Items;
using Dml.Api.Limits;
using Dml.Api.Tests.Support;
using Dml.Client;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Index;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>An item that cannot be embedded ends a rollout in words that name it; a rollout harms no write.</summary>
public sealed class RolloutFailureTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_picture_ends_a_return_and_a_rollout(bool isReturn)
    {
        _folder.AddModel("second", seed: 2);
        _folder.AddModel("third", seed: 3);
        await using var service = await TestService.StartAsync(_folder);
        var client = service.Client;
        await client.PutItemAsync("whole", Pictures.Blocks(0), cancel: Cancel);
        Assert.Equal(JobState.Succeeded, (await EndAsync(client, await client.RollOutAsync("second", Cancel))).State);
        // Only the second embedder has embedded it.
        await client.PutItemAsync("lost", Pictures.Blocks(1), cancel: Cancel);
        File.Delete(service.Services.GetRequiredService<SqliteCatalogue>().PicturePath(
            Convert.ToHexStringLower(SHA256.HashData(Pictures.Blocks(1)))));

        if (isReturn)
        {
            await Assert.ThrowsAsync<DmlException>(() => client.ActivateAsync(1, Cancel)).WaitAsync(Soon, Cancel);
        }
        else
        {
            await EndAsync(client, await client.RollOutAsync("third", Cancel));
        }

        var job = (await client.JobsAsync(Cancel))[0];
        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("among them lost", job.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("whole", job.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await client.StatsAsync(Cancel)).Generation);

        // Its picture comes back.
        await client.PutItemAsync("lost", Pictures.Blocks(1), cancel: Cancel);
        if (isReturn)
        {
            await client.ActivateAsync(1, Cancel).WaitAsync(Soon, Cancel);
        }
        else
        {
            await EndAsync(client, await client.RollOutAsync("third", Cancel));
        }

        job = (await client.JobsAsync(Cancel))[0];
        Assert.True(job.State == JobState.Succeeded, job.Message);
        Assert.Equal("lost", (await service.Http.SearchAsync(Pictures.Blocks(1))).Ids()[0]);
    }

    [Fact]
    public async Task A_candidate_without_a_vector_for_a_picture_harms_no_write_and_does_not_take_over()
    {
        // Black has no direction.
        var weights = Enumerable.Repeat(1f, 3 * TinyEmbedder.Side * TinyEmbedder.Side * 2).ToArray();
        TinyEmbedder.Write(Path.Combine(_folder.Models, "odd"), "odd", weights, [0, 0], mean: 0, std: 1, trainedLabels: null);
        await using var service = await TestService.StartAsync(_folder);
        await service.Client.PutItemAsync("before", Pictures.Blocks(1), cancel: Cancel);
        var generations = service.Services.GetRequiredService<GenerationRegistry>();
        using (var embedder = Embedder.Open(Path.Combine(_folder.Models, "odd")))
        {
            Build(generations, embedder);
            await service.Client.PutItemAsync("black", Black(), cancel: Cancel);
            await service.Client.PutItemAsync("coloured", Pictures.Blocks(2), cancel: Cancel);
            generations.Detach();
        }

        Assert.Equal("black", (await service.Http.SearchAsync(Black())).Ids()[0]);
        Assert.Equal("coloured", (await service.Http.SearchAsync(Pictures.Blocks(2))).Ids()[0]);

        var job = await EndAsync(service.Client, await service.Client.RollOutAsync("odd", Cancel));
        Assert.Equal(JobState.Failed, job.State);
        Assert.Contains("among them black", job.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await service.Client.StatsAsync(Cancel)).Generation);
        Assert.Equal(201, (int)(await service.Http.PutAsync("after", Pictures.Blocks(3))).StatusCode);
    }

    [Fact]
    public async Task A_rollout_spends_none_of_the_callers_embedding_time()
    {
        _folder.AddModel("second", seed: 2);
        await using var service = await TestService.StartAsync(_folder);
        var generations = service.Services.GetRequiredService<GenerationRegistry>();
        var intake = service.Services.GetRequiredService<ItemIntake>();
        // Nearly nothing: any work uses it up, and it does not come back, because the clock stands still.
        var budget = new EmbedBudget(1e-6, new TestClock(DateTimeOffset.UnixEpoch));
        var account = new Account("caller", null, budget);
        using var embedder = Embedder.Open(Path.Combine(_folder.Models, "second"));
        Build(generations, embedder);

        // The active embedder's vector comes from the cache, so only the candidate has work.
        await service.Client.SearchAsync(Pictures.Blocks(1), cancel: Cancel);
        var known = await PutAsync("known", 1);
        var left = budget.Wait;
        var other = await PutAsync("new", 2);

        Assert.True(known.Succeeded && other.Succeeded);
        Assert.Equal(TimeSpan.Zero, left);
        Assert.NotEqual(TimeSpan.Zero, budget.Wait);
        using (var building = generations.AcquireBuilding())
        {
            Assert.Equal(2, building!.Generation.Index.Count);
        }

        generations.Detach();

        Task<Result<PutResult>> PutAsync(string id, int picture) =>
            intake.PutAsync(id, Pictures.Blocks(picture), null, null, EmbedPriority.Request, account, Cancel);
    }

    private static void Build(GenerationRegistry generations, Embedder embedder)
    {
        var row = new StoredGeneration(
            2, embedder.Name, embedder.Fingerprint, embedder.Dimension, GenerationState.Building, default, default, null, null,
            RolloutOrder.Ordinary);
        generations.Attach(new Generation(row, embedder, new HnswIndex(embedder.Dimension, Metric.InnerProduct), 0));
        generations.EmbedNewItemsForBuilding();
    }

    private static byte[] Black()
    {
        using var image = VipsImage.FromRgb(new byte[32 * 32 * 3], 32, 32);
        return image.Encode(PictureFormat.Png);
    }

    private static Task<Job> EndAsync(DmlClient client, Job job) => client.WaitForJobAsync(job.Id, Cancel).WaitAsync(Soon, Cancel);
}
