using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Jobs;
using Dml.Api.Retrains;
using Dml.Api.Tests.Support;
using Dml.Contracts;
using Dml.Embedding;
using Microsoft.Extensions.DependencyInjection;

namespace Dml.Api.Tests;

/// <summary>A retrain follows the rollout of its own candidate, and leaves alone what else holds the place of rollouts.</summary>
public sealed class CandidateRolloutTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_return_that_comes_first_is_waited_for_and_not_cancelled(bool isCancelled)
    {
        _folder.AddModel("candidate", seed: 2);
        await using var service = await TestService.StartAsync(_folder);
        await service.Client.PutItemAsync("x", Pictures.Blocks(1), null, Cancel);
        var jobs = service.Services.GetRequiredService<JobBoard>();
        var candidate = service.Services.GetRequiredService<CandidateRollout>();
        var catalogue = service.Services.GetRequiredService<SqliteCatalogue>();
        // As after the end of a process in the middle of the candidate's rollout.
        var folder = Path.Combine(_folder.Models, "candidate");
        var manifest = EmbedderManifest.Load(folder);
        service.Services.GetRequiredService<EmbedderStore>().Keep(manifest, folder);
        var building = await catalogue.Generations.AddAsync(
            "candidate", manifest.Fingerprint, manifest.Dimension, GenerationState.Building, RolloutOrder.Ordinary, Cancel);

        var end = new TaskCompletionSource<JsonObject?>();
        var returning = jobs.TryReserve(JobKind.Rollout)!.Start(
            "Returning to generation 1 of tiny", (_, cancel) => end.Task.WaitAsync(cancel));
        StoredGeneration? decided = null;
        var retrain = jobs.Start(JobKind.Retrain, "A night", async (progress, cancel) =>
        {
            decided = await candidate.DecideAsync("candidate", (_, _) => { }, progress, cancel);
            return null;
        });
        if (isCancelled)
        {
            jobs.Cancel(retrain.Id);
            Assert.Equal(JobState.Cancelled, (await jobs.WaitAsync(retrain.Id, Soon, Cancel)).State);
            Assert.Equal(JobState.Running, jobs.Find(returning.Id)!.State);
            end.SetResult(null);
            Assert.Equal(JobState.Succeeded, (await jobs.WaitAsync(returning.Id, Soon, Cancel)).State);
            return;
        }

        // Its end says nothing about the candidate, which is built then.
        end.SetResult(null);
        var ended = await jobs.WaitAsync(retrain.Id, Soon, Cancel);
        Assert.True(ended.State == JobState.Succeeded, ended.Message);
        Assert.Equal(building.Number, decided!.Number);
        Assert.NotEqual(GenerationState.Building, decided.State);
    }
}
