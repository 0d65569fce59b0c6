using Dml.Api.Generations;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Embedding;
using Dml.Embedding.Tests;
using Dml.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>Pictures that come again, before and after another embedder took over; and those that find the queue full.</summary>
public sealed class RepeatedPictureTests : IDisposable
{
    // With one worker for a caller: that one, and two for others.
    private const int Threads = 3;

    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_repeated_picture_is_answered_from_the_cache_and_always_by_the_active_embedder()
    {
        _folder.AddModel("second", seed: 2, dimension: 48);
        await using var service = await TestService.StartAsync(_folder);
        var picture = Pictures.Blocks(1000);
        for (var i = 0; i < 20; i++)
        {
            await service.Client.PutItemAsync($"i{i:d2}", Pictures.Blocks(i), null, Cancel);
        }

        var before = (await service.Client.StatsAsync(Cancel)).Cache;
        var first = await service.Client.SearchAsync(picture, cancel: Cancel);
        var again = await service.Client.SearchAsync(picture, cancel: Cancel);
        Assert.Equal(first.Hits.Select(hit => (hit.Id, hit.Score)), again.Hits.Select(hit => (hit.Id, hit.Score)));
        Assert.True(first.Took.DecodeMs > 0 && first.Took.EmbedMs > 0);
        Assert.Equal((0, 0), (again.Took.DecodeMs, again.Took.EmbedMs));
        var after = (await service.Client.StatsAsync(Cancel)).Cache;
        Assert.Equal((1, 1), (after.Hits - before.Hits, after.Misses - before.Misses));
        var ofFirst = await service.Client.EmbedAsync(picture, Cancel);

        var job = await service.Client.RollOutAsync("second", Cancel);
        Assert.Equal(JobState.Succeeded, (await service.Client.WaitForJobAsync(job.Id, Cancel)).State);
        using var second = Embedder.Open(Path.Combine(_folder.Models, "second"));
        var ofSecond = await service.Client.EmbedAsync(picture, Cancel);
        Assert.Equal(second.Fingerprint, ofSecond.Fingerprint);
        Assert.Equal((await second.EmbedAsync(picture, Cancel)).Vector!.ToArray(), ofSecond.Vector);
        Assert.Equal(second.Fingerprint, (await service.Client.SearchAsync(picture, cancel: Cancel)).Fingerprint);

        await service.Client.ActivateAsync(1, Cancel);
        var back = await service.Client.EmbedAsync(picture, Cancel);
        Assert.Equal(ofFirst.Fingerprint, back.Fingerprint);
        Assert.Equal(ofFirst.Vector, back.Vector);
    }

    [Fact]
    public async Task A_full_queue_is_refused_with_a_word_on_when_to_come_again()
    {
        await using var service = await TestService.StartAsync(_folder, "--Embedder:Workers=1", "--Embedder:Queue=1");
        var embedder = service.Services.GetRequiredService<GenerationRegistry>().Active!.Embedder;
        var gated = new List<GatedPicture>();
        var busy = new List<Task<EmbedResult>>();
        for (var thread = 0; thread < Threads; thread++)
        {
            // One caller has one thread only.
            var picture = new GatedPicture(Pictures.Blocks(10 + thread));
            gated.Add(picture);
            busy.Add(embedder.EmbedAsync(picture.Picture, EmbedPriority.Background, $"caller {thread}", region: null, Cancel).AsTask());
            await Eventually.BeAsync(() => picture.Reached.IsSet, "a worker reads the picture", Cancel);
        }

        var waiting = service.Http.SearchAsync(Pictures.Blocks(2));
        await Eventually.BeAsync(() => embedder.QueueLength > 0, "a picture waits", Cancel);

        using var body = new ByteArrayContent(Pictures.Blocks(3));
        using var refused = await service.Http.PostAsync("search", body, Cancel);
        Assert.Equal(503, (int)refused.StatusCode);
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
        Assert.Equal("busy", await refused.ProblemCodeAsync());
        using var put = await service.Http.PutAsync("late", Pictures.Blocks(4));
        Assert.Equal(503, (int)put.StatusCode);
        Assert.Equal("1", put.Headers.GetValues("Retry-After").Single());

        gated.ForEach(picture => picture.Gate.Set());
        Assert.All(await Task.WhenAll(busy), result => Assert.NotNull(result.Vector));
        await waiting;
        using var later = await service.Http.PutAsync("late", Pictures.Blocks(4));
        Assert.Equal(201, (int)later.StatusCode);
    }
}
