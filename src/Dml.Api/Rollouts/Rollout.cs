using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Gate;
using Dml.Api.Generations;
using Dml.Api.Jobs;
using Microsoft.Extensions.Options;

namespace Dml.Api.Rollouts;

/// <summary>
/// One embedder's way into service: open its index, embed what it lacks, pass the gate, become active in one step.
/// Its state is in the catalogue, so after a crash the same steps find most of the work done.
/// </summary>
internal sealed class Rollout(
    ICatalogue catalogue,
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
    // A second one is needed when notes of deletions went while the index was opened.
    private const int MostAttempts = 3;

    /// <summary>Builds a generation and puts it through the gate; refused or cancelled, it is freed. A stop of the service leaves it building.</summary>
    /// <exception cref="GateRefusedException">A check failed; the active generation stays.</exception>
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

    // Where there is no space for the note either, the next rollout makes it.
    private async Task EndAsync(StoredGeneration row, GenerationState state, string problem, string? report)
    {
        try
        {
            await catalogue.EndGenerationAsync(row.Number, state, problem, report, CancellationToken.None);
            await retention.FreeAsync(CancellationToken.None);
        }
        catch (Exception exception) when (OutOfSpace.Caused(exception))
        {
            log.LogError("Generation {Number} could not be freed: {Problem}", row.Number, exception.Message);
        }
    }

    /// <summary>Brings a kept generation back, with what has changed since: no gate, it has served before.</summary>
    public Task<JsonObject?> ReturnAsync(StoredGeneration row, JobProgress progress, CancellationToken cancel) =>
        RunAsync(row, gated: false, progress, cancel);

    private async Task<JsonObject?> RunAsync(StoredGeneration row, bool gated, JobProgress progress, CancellationToken cancel)
    {
        // Not held: only its index is read, which outlives its embedder.
        var former = generations.Active;
        var building = await OpenAsync(row, cancel);
        try
        {
            var pace = gated ? new RolloutThrottle(generations) : null;
            var embedded = await catalogueEmbedder.RunAsync(building, options.Value.Workers, pace, progress, cancel);
            generations.EmbedNewItemsForBuilding();
            embedded += await CatchUpAsync(building, progress, cancel);
            var report = gated ? await PassGateAsync(building, former, progress, cancel) : null;
            var written = report is null ? null : JsonSerializer.Serialize(report, JsonSerializerOptions.Web);
            while (!await catalogue.ActivateAsync(row.Number, written, cancel))
            {
                // Nothing to embed and nothing refused: what was missing has been deleted or replaced in the meantime.
                var refused = catalogueEmbedder.Refused;
                if (await catalogueEmbedder.RunAsync(building, options.Value.Workers, null, progress, cancel) == 0 && catalogueEmbedder.Refused > refused)
                {
                    throw new JobFailedException("Some items cannot be embedded by this embedder; the log names them.");
                }
            }

            log.LogInformation("Generation {Number} is active: embedder {Model}, {Count} items", row.Number, row.Model, building.Index.Count);
            progress.Say($"Generation {row.Number} of {row.Model} is active.");
            var result = new JsonObject { ["generation"] = row.Number, ["embedded"] = embedded };
            if (report is not null)
            {
                result["gate"] = JsonSerializer.SerializeToNode(report, JsonSerializerOptions.Web);
            }

            await TidyAsync(former, building);
            return result;
        }
        catch
        {
            if (generations.Active != building)
            {
                generations.Detach();
                building.Dispose();
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
                    throw new JobFailedException($"The index of generation {row.Number} and the catalogue hold different vectors. Try again.");
                }
            }
        }
        catch
        {
            embedder.Dispose();
            throw;
        }
    }

    private async Task<long> CatchUpAsync(Generation building, JobProgress progress, CancellationToken cancel)
    {
        // Items that were on their way before new ones were embedded for both: each pass leaves fewer.
        long all = 0;
        while (await catalogueEmbedder.RunAsync(building, options.Value.Workers, null, progress, cancel) is var embedded and > 0)
        {
            all += embedded;
        }

        return all;
    }

    private async Task<GateReport> PassGateAsync(Generation building, Generation? active, JobProgress progress, CancellationToken cancel)
    {
        progress.Say($"Generation {building.Number} of {building.Model} is at the gate.");
        var report = await gate.MeasureAsync(building, active, cancel);
        // An item that was on its way when the catch-up ended is no fault of the candidate.
        while (!report.Passed && await CatchUpAsync(building, progress, cancel) > 0)
        {
            report = await gate.MeasureAsync(building, active, cancel);
        }

        foreach (var check in report.Checks)
        {
            log.LogInformation("Gate, generation {Number}, {Check} {Verdict}: {Detail}",
                building.Number, check.Name, check.Passed ? "passed" : "failed", check.Detail);
        }

        return report.Passed ? report : throw new GateRefusedException(building.Number, report);
    }

    // The switch has happened; what goes wrong now costs disk space or a slower start, not the rollout.
    private async Task TidyAsync(Generation? former, Generation active)
    {
        try
        {
            if (former is not null)
            {
                await snapshot.SaveAsync(former, CancellationToken.None);
            }

            await snapshot.SaveAsync(active, CancellationToken.None);
            await retention.FreeAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException || OutOfSpace.Caused(exception))
        {
            log.LogError("The former generation could not be saved or freed: {Problem}", exception.Message);
        }
    }
}
