using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Api.Jobs;
using Dml.Embedding;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Dml.Api.Rollouts;

/// <summary>Starts rollouts and returns to kept generations, one at a time, and goes on with one that a crash ended.</summary>
internal sealed class RolloutStarter(
    ICatalogue catalogue, GenerationRegistry generations, EmbedderStore embedders, GenerationRetention retention, Rollout rollout, JobBoard jobs, IOptions<ModelOptions> models)
    : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public void Dispose() => _turn.Dispose();

    /// <summary>Starts the rollout of an embedder of the models folder; exactly one of job and problem is set.</summary>
    public Task<(Job? Job, ProblemHttpResult? Problem)> StartAsync(string model, CancellationToken cancel) => InTurnAsync(async () =>
    {
        var folder = Path.Combine(models.Value.Folder, model);
        if (!ItemId.IsValid(model) || !File.Exists(Path.Combine(folder, EmbedderManifest.FileName)))
        {
            return (null, ProblemCode.NotFound.With($"There is no embedder \"{model}\". GET /models lists them; POST /models adds one."));
        }

        EmbedderManifest manifest;
        try
        {
            manifest = embedders.Keep(folder);
        }
        catch (EmbedderException exception)
        {
            return (null, ProblemCode.BadEmbedder.With(exception.Message));
        }

        if (generations.Active is { } active && active.Fingerprint == manifest.Fingerprint)
        {
            return (null, ProblemCode.AlreadyActive.With($"Generation {active.Number} already uses this embedder, {manifest.Fingerprint[..16]}."));
        }

        await EndLeftOversAsync(cancel);
        var row = await catalogue.AddGenerationAsync(model, manifest.Fingerprint, manifest.Dimension, GenerationState.Building, cancel);
        return (Run(row, $"Embedding the catalogue for generation {row.Number} of {model}", rollout.BuildAsync), null);
    });

    /// <summary>Makes a kept generation the active one again.</summary>
    public Task<(Job? Job, ProblemHttpResult? Problem)> ReturnAsync(StoredGeneration row, CancellationToken cancel) => InTurnAsync(async () =>
    {
        var kept = await retention.KeptAsync(cancel);
        if (row.State != GenerationState.Retired || !kept.Contains(row.Fingerprint))
        {
            return (null, ProblemCode.GenerationGone.With(
                $"Generation {row.Number} is {RowMapping.NameOf(row.State)} and its vectors are not kept (Generations:Keep). POST /models/{row.Model}/rollout embeds them anew."));
        }

        return (Run(row, $"Returning to generation {row.Number} of {row.Model}", rollout.ReturnAsync), null);
    });

    /// <summary>Goes on with the generation that was building when the process ended.</summary>
    public async Task ResumeAsync(CancellationToken cancel)
    {
        var rows = await catalogue.GenerationsAsync(cancel);
        if (rows.FirstOrDefault(row => row.State == GenerationState.Building) is { } row)
        {
            await InTurnAsync(() => Task.FromResult<(Job?, ProblemHttpResult?)>(
                (Run(row, $"Going on with generation {row.Number} of {row.Model}", rollout.BuildAsync), null)));
        }
    }

    // It is this rollout's turn, so nobody works on a generation that is called building: its rollout found no space for
    // the note that it failed.
    private async Task EndLeftOversAsync(CancellationToken cancel)
    {
        foreach (var row in (await catalogue.GenerationsAsync(cancel)).Where(row => row.State == GenerationState.Building))
        {
            await catalogue.EndGenerationAsync(row.Number, GenerationState.Failed, OutOfSpace.Explanation, null, cancel);
        }
    }

    private async Task<(Job? Job, ProblemHttpResult? Problem)> InTurnAsync(Func<Task<(Job? Job, ProblemHttpResult? Problem)>> start)
    {
        if (!_turn.Wait(0, CancellationToken.None))
        {
            return (null, ProblemCode.RolloutRunning.With("One rollout runs at a time. GET /jobs shows it; DELETE /jobs/{id} cancels it."));
        }

        var started = false;
        try
        {
            var answer = await start();
            started = answer.Job is not null;
            return answer;
        }
        finally
        {
            if (!started)
            {
                _turn.Release();
            }
        }
    }

    // The turn goes with the job and comes back at its end.
    private Job Run(StoredGeneration row, string message, Func<StoredGeneration, JobProgress, CancellationToken, Task<JsonObject?>> work) =>
        jobs.Start(JobKind.Rollout, message, async (progress, cancel) =>
        {
            try
            {
                return await work(row, progress, cancel);
            }
            finally
            {
                _turn.Release();
            }
        });
}
