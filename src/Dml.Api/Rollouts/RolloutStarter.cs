using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Generations;
using Dml.Api.Jobs;
using Dml.Contracts;
using Dml.Embedding;
using Microsoft.Extensions.Options;

namespace Dml.Api.Rollouts;

/// <summary>Starts rollouts and returns to kept generations, one at a time, and resumes a rollout that a crash interrupted.</summary>
internal sealed class RolloutStarter(
    SqliteCatalogue catalogue,
    GenerationRegistry generations,
    EmbedderStore embedders,
    GenerationRetention retention,
    Rollout rollout,
    ModelTrial trial,
    JobBoard jobs,
    IOptions<ModelOptions> models)
{
    private static readonly Refusal Running = new(
        ProblemCode.RolloutRunning, "One rollout runs at a time. GET /jobs shows it; DELETE /jobs/{id} cancels it.");

    /// <summary>Starts the rollout of an embedder of the models folder.</summary>
    public async Task<Result<Job>> StartAsync(string model, RolloutOrder order, CancellationToken cancel)
    {
        using var reservation = jobs.TryReserve(JobKind.Rollout);
        if (reservation is null)
        {
            return Running;
        }

        var folder = Path.Combine(models.Value.Folder, model);
        if (!ItemId.IsValid(model) || !File.Exists(Path.Combine(folder, EmbedderManifest.FileName)))
        {
            return new Refusal(ProblemCode.NotFound, $"There is no embedder \"{model}\". GET /models lists them; POST /models adds one.");
        }

        EmbedderManifest manifest;
        try
        {
            manifest = EmbedderManifest.Load(folder);
        }
        catch (EmbedderException exception)
        {
            return new Refusal(ProblemCode.BadEmbedder, exception.Message);
        }

        if (await trial.TryAsync(folder, cancel) is { } refusal)
        {
            return refusal;
        }

        if (generations.Active is { } active && active.Fingerprint == manifest.Fingerprint)
        {
            return new Refusal(
                ProblemCode.AlreadyActive, $"Generation {active.Number} already uses this embedder, {manifest.Fingerprint[..16]}.");
        }

        embedders.Keep(manifest, folder);
        await EndLeftOversAsync(cancel);
        var row = await catalogue.Generations.AddAsync(
            model, manifest.Fingerprint, manifest.Dimension, GenerationState.Building, order, cancel);
        return reservation.Start(
            $"Embedding the catalogue for generation {row.Number} of {model}",
            (progress, token) => rollout.BuildAsync(row, progress, token),
            SubjectOf(row));
    }

    /// <summary>How the job that builds a generation is found (<see cref="JobBoard.FindReserved"/>).</summary>
    public static string SubjectOf(StoredGeneration building) => $"generation {building.Number}";

    /// <summary>Starts to make a kept generation the active one again.</summary>
    public async Task<Result<Job>> ReturnAsync(StoredGeneration row, CancellationToken cancel)
    {
        using var reservation = jobs.TryReserve(JobKind.Rollout);
        if (reservation is null)
        {
            return Running;
        }

        var kept = await retention.KeptAsync(cancel);
        if (row.State != GenerationState.Retired || !kept.Contains(row.Fingerprint))
        {
            return new Refusal(
                ProblemCode.GenerationGone,
                $"Generation {row.Number} is {RowMapping.NameOf(row.State)} and its vectors are not kept (Generations:Keep). "
                + $"POST /models/{row.Model}/rollout embeds the catalogue again.");
        }

        return reservation.Start(
            $"Returning to generation {row.Number} of {row.Model}", (progress, token) => rollout.ReturnAsync(row, progress, token));
    }

    /// <summary>Resumes the generation that was building when the process ended; null when there is none or a rollout is running.</summary>
    public async Task<Job?> ResumeAsync(CancellationToken cancel)
    {
        using var reservation = jobs.TryReserve(JobKind.Rollout);
        var row = (await catalogue.Generations.AllAsync(cancel)).FirstOrDefault(row => row.State == GenerationState.Building);
        return row is null
            ? null
            : reservation?.Start(
                $"Resuming generation {row.Number} of {row.Model}", (progress, token) => rollout.BuildAsync(row, progress, token),
                SubjectOf(row));
    }

    // With the reservation held, nothing works on a generation that is marked as building: the disk was full when its
    // rollout tried to record that it failed.
    private async Task EndLeftOversAsync(CancellationToken cancel)
    {
        foreach (var row in (await catalogue.Generations.AllAsync(cancel)).Where(row => row.State == GenerationState.Building))
        {
            await catalogue.Generations.EndAsync(row.Number, GenerationState.Failed, OutOfSpace.Explanation, null, cancel);
        }
    }
}
