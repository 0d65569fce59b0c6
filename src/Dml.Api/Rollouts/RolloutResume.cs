using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Generations;
using Dml.Api.Jobs;
using Dml.Contracts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Rollouts;

/// <summary>
/// After the start, embeds the items that the active generation lacks (because it replaced one whose embedder is lost) and
/// resumes the rollout that was running when the process ended.
/// </summary>
internal sealed class RolloutResume(
    GenerationRegistry generations,
    SqliteCatalogue catalogue,
    CatalogueEmbedder catalogueEmbedder,
    RolloutStarter rollouts,
    JobBoard jobs,
    IOptions<InferenceOptions> inference,
    ILogger<RolloutResume> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await generations.Opened.WaitAsync(stoppingToken);
        try
        {
            if (generations.Active is { } generation
                && (await catalogue.UnembeddedAsync(generation.Fingerprint, 0, 1, stoppingToken)).Count > 0)
            {
                jobs.Start(JobKind.Rollout, $"Embedding the catalogue for {generation.Model}", FillAsync);
            }

            await rollouts.ResumeAsync(stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The service answers without it.
            log.LogError(exception, "Interrupted work could not be resumed; the next start tries again");
        }
    }

    private async Task<JsonObject?> FillAsync(JobProgress progress, CancellationToken cancel)
    {
        using var lease = generations.Acquire() ?? throw new JobFailedException(generations.Problem);
        var pass = await catalogueEmbedder.RunAsync(lease.Generation, inference.Value.Workers + 1, null, progress, cancel);
        var result = new JsonObject { ["embedded"] = pass.Embedded, ["generation"] = lease.Generation.Number };
        return pass.Failed == 0 ? result : throw new JobFailedException($"{pass.Problem} The others are embedded.", result);
    }
}
