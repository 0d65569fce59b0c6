using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Gate;
using Dml.Api.Generations;
using Dml.Api.Jobs;
using Dml.Contracts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Rollouts;

/// <summary>
/// Brings an embedder into service: opens its index, embeds the missing items, runs the gate and activates the generation
/// in one step. Its state is in the catalogue, so after a crash the same steps find most of the work done.
/// </summary>
internal sealed class Rollout(
    SqliteCatalogue catalogue,
    GenerationRegistry generations,
    EmbedderStore embedders,
    IndexSnapshot snapshot,
    CatalogueEmbedder catalogueEmbedder,
    RolloutGate gate,
    GenerationRetention retention,
    IOptions<InferenceOptions> inference,
    IOptions<RolloutOptions> options,
    ILogger<Rollout> log)
{
    // A second one is needed when records of deletions were dropped while the index was opened.
    private const int MostAttempts = 3;
    private const int MostIdlePasses = 100;
    private static readonly TimeSpan IdlePause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Builds a generation and runs it through the gate. If it is refused or cancelled, it is deleted; if the service
    /// stops, it remains building.
    /// </summary>
    /// <exception cref="GateRefusedException">A check failed; the active generation is unchanged.</exception>
    public async Task<JsonObject?> BuildAsync(StoredGeneration row, JobProgress progress, CancellationToken cancel)
    {
        try
        {
            return await RunAsync(row, gated: true, progress, cancel);
        }
        catch (Exception exception) when (
            generations.Active?.Number != row.Number && (exception is not OperationCanceledException || progress.CancelRequested))
        {
            var refused = exception as GateRefusedException;
            var report = refused is null ? null : JsonSerializer.Serialize(refused.Report, JsonSerializerOptions.Web);
            var problem = exception is OperationCanceledException ? "Cancelled."
                : OutOfSpace.Caused(exception) ? OutOfSpace.Explanation : exception.Message;
            await EndAsync(row, refused is null ? GenerationState.Failed : GenerationState.Refused, problem, report);
            throw;
        }
    }

    // When there is no disk space for the record either, the next rollout writes it.
    private async Task EndAsync(StoredGeneration row, GenerationState state, string problem, string? report)
    {
        try
        {
            await catalogue.Generations.EndAsync(row.Number, state, problem, report, CancellationToken.None);
            await retention.FreeAsync(CancellationToken.None);
        }
        catch (Exception exception) when (OutOfSpace.Caused(exception))
        {
            log.LogError("Generation {Number} could not be deleted: {Problem}", row.Number, exception.Message);
        }
    }

    /// <summary>
    /// Makes a kept generation active again and embeds what has changed since. Without the gate, since it has been active
    /// before.
    /// </summary>
    public Task<JsonObject?> ReturnAsync(StoredGeneration row, JobProgress progress, CancellationToken cancel) =>
        RunAsync(row, gated: false, progress, cancel);

    private async Task<JsonObject?> RunAsync(StoredGeneration row, bool gated, JobProgress progress, CancellationToken cancel)
    {
        // Without a lease: only its index is read, which outlives its embedder.
        var former = generations.Active;
        var building = await OpenAsync(row, cancel);
        try
        {
            var throttle = gated ? new RolloutThrottle(generations) : null;
            var embedded = (await catalogueEmbedder.RunAsync(building, options.Value.Workers, throttle, progress, cancel)).Embedded;
            generations.EmbedNewItemsForBuilding();
            embedded += await CatchUpAsync(building, progress, cancel);
            var report = gated ? await PassGateAsync(row, building, former, progress, cancel) : null;
            var written = report is null ? null : JsonSerializer.Serialize(report, JsonSerializerOptions.Web);
            await ActivateAsync(row, written, building, progress, cancel);

            log.LogInformation(
                "Generation {Number} is active: embedder {Model}, {Count} items", row.Number, row.Model, building.Index.Count);
            progress.Say(report?.Override is { } overridden
                ? $"Generation {row.Number} of {row.Model} is active although the gate refuses it; {overridden.By} asked for that."
                : $"Generation {row.Number} of {row.Model} is active.");
            var result = new JsonObject { ["generation"] = row.Number, ["embedded"] = embedded };
            if (report is not null)
            {
                result["gate"] = JsonSerializer.SerializeToNode(report, JsonSerializerOptions.Web);
            }

            await CleanUpAsync(former, building);
            return result;
        }
        catch
        {
            if (generations.Active != building)
            {
                generations.Detach();
                building.Release();
            }

            throw;
        }
    }

    private async Task<Generation> OpenAsync(StoredGeneration row, CancellationToken cancel)
    {
        var embedder = embedders.Open(row, inference.Value.Workers);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var (index, sequence) = await snapshot.OpenAsync(row.Fingerprint, row.Dimension, fromSnapshot: attempt == 1, cancel);
                var building = new Generation(row, embedder, index, sequence);
                var isLevel = false;
                await catalogue.BetweenCommitsAsync(
                    async () =>
                    {
                        isLevel = await snapshot.LevelAsync(index, row.Fingerprint, sequence, cancel);
                        if (isLevel)
                        {
                            generations.Attach(building);
                        }
                    },
                    cancel);
                if (isLevel)
                {
                    return building;
                }

                if (attempt == MostAttempts)
                {
                    throw new JobFailedException(
                        $"The index of generation {row.Number} and the catalogue contain different vectors. Try again.");
                }
            }
        }
        catch
        {
            embedder.Dispose();
            throw;
        }
    }

    // An item without an embedding prevents the activation. It may be one that was being added before new ones were embedded for both
    // generations; one that cannot be embedded ends the rollout.
    private async Task ActivateAsync(
        StoredGeneration row, string? gate, Generation building, JobProgress progress, CancellationToken cancel)
    {
        for (var idle = 0; !await catalogue.Generations.ActivateAsync(row.Number, gate, cancel);)
        {
            var pass = await catalogueEmbedder.RunAsync(building, options.Value.Workers, null, progress, cancel);
            if (pass.Failed > 0)
            {
                throw new JobFailedException(pass.Problem);
            }

            idle = pass.Embedded > 0 ? 0 : idle + 1;
            if (idle == MostIdlePasses)
            {
                throw new JobFailedException(
                    "Some items lack their embedding, and nothing was left to embed. Try again; if it lasts, restart the service.");
            }

            if (idle > 0)
            {
                // The missing item has been deleted or replaced in the meantime.
                await Task.Delay(IdlePause, cancel);
            }
        }
    }

    private async Task<long> CatchUpAsync(Generation building, JobProgress progress, CancellationToken cancel)
    {
        // Items that were being added before new ones were embedded for both generations: each pass leaves fewer.
        long all = 0;
        while ((await catalogueEmbedder.RunAsync(building, options.Value.Workers, null, progress, cancel)).Embedded is var embedded and > 0)
        {
            all += embedded;
        }

        return all;
    }

    private async Task<GateReport> PassGateAsync(
        StoredGeneration row, Generation building, Generation? active, JobProgress progress, CancellationToken cancel)
    {
        progress.Say($"Generation {building.Number} of {building.Model} is at the gate.");
        var report = await gate.MeasureAsync(building, active, row.Order.Unattended, cancel);
        // An item that was being added when the catch-up ended is not the fault of the candidate.
        while (!report.Passed && await CatchUpAsync(building, progress, cancel) > 0)
        {
            report = await gate.MeasureAsync(building, active, row.Order.Unattended, cancel);
        }

        foreach (var check in report.Checks)
        {
            log.LogInformation("Gate, generation {Number}, {Check} {Verdict}: {Detail}",
                building.Number, check.Name, check.Passed ? "passed" : "failed", check.Detail);
        }

        if (report.Passed)
        {
            return report;
        }

        if (row.Order.OverriddenBy is not { } by || !RolloutGate.MayBeOverridden(report))
        {
            throw new GateRefusedException(building.Number, report);
        }

        log.LogWarning("The gate refuses generation {Number}; {By} has it activated all the same", building.Number, by);
        return report with { Override = new GateOverride(by, row.CreatedAt) };
    }

    // The switch has happened: a failure now costs disk space or a slower start, not the rollout.
    private async Task CleanUpAsync(Generation? former, Generation active)
    {
        try
        {
            if (former is not null)
            {
                await snapshot.SaveAsync(former, IndexSnapshot.AtRest, CancellationToken.None);
            }

            await snapshot.SaveAsync(active, IndexSnapshot.WhileRunning, CancellationToken.None);
            await retention.FreeAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException || OutOfSpace.Caused(exception))
        {
            log.LogError("The former generation could not be saved or deleted: {Problem}", exception.Message);
        }
    }
}
