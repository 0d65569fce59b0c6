using Dml.Api.Catalogue;
using Dml.Api.Failures;
using Dml.Api.Gate;
using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Api.Items;
using Dml.Api.Security;
using Dml.Contracts;
using Dml.Embedding;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Health;

/// <summary>Endpoints of figures and probes.</summary>
internal static class HealthApi
{
    public static void MapHealthApi(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("").WithTags("Health");
        health.MapGet("/stats", Stats)
            .RequireRole(Role.Search)
            .WithSummary("Get figures of catalogue, index and queues");
        health.MapGet("/healthz/live", () => TypedResults.Ok(new HealthResponse("live", [])))
            .AllowAnonymous()
            .WithSummary("Check whether the process responds");
        health.MapGet("/healthz/ready", Ready)
            .AllowAnonymous()
            .WithSummary("Check whether searches are answered")
            .WithDescription(
                "200 while searches are answered. The status is then degraded, and the problems are listed, when something else does not "
                + "work: writes, the index, the nightly retrain, the key file.")
            .Refuses(ProblemType.NoGeneration);
    }

    private static async Task<Ok<StatsResponse>> Stats(
        SqliteCatalogue catalogue, GenerationRegistry generations, RecallCheck recall, EmbeddingCache cache, Scrubber scrubber,
        CancellationToken cancel)
    {
        var items = await catalogue.CountAsync(cancel);
        var figures = cache.Figures;
        var cached = new Contracts.EmbeddingCacheFigures(
            figures.Entries, figures.Bytes, figures.CapacityBytes, figures.Hits, figures.Misses);
        var queues = new QueueStats(generations.Active?.Embedder.QueueLength ?? 0, catalogue.QueueLength);
        var queue = queues.Embedder + queues.Commits;
        if (generations.Active is not { } active)
        {
            return TypedResults.Ok(new StatsResponse(items, null, null, null, null, null, queue, queues, cached, scrubber.Figures));
        }

        var figure = recall.Last;
        var index = new IndexStats(
            active.Index.Count, active.Index.MemoryBytes, figure?.Recall, figure?.Queries, figure?.MeasuredAt, StratumOf(figure?.Worst));
        return TypedResults.Ok(new StatsResponse(
            items, active.Number, active.Model, active.Fingerprint, active.Dimension, index, queue, queues, cached, scrubber.Figures));
    }

    private static StratumRecall? StratumOf(StratumFigure? figure) =>
        figure is null ? null : new StratumRecall(figure.Name, figure.Recall, figure.Queries, figure.Strata);

    // A problem that leaves searches alone must not take them away: the only replica of a catalogue would get no requests at all.
    private static Results<Ok<HealthResponse>, ProblemHttpResult> Ready(GenerationRegistry generations, KnownProblems known) =>
        generations.Active is null ? generations.Refusal.ToProblem()
        : known.All is { Count: > 0 } problems ? TypedResults.Ok(new HealthResponse("degraded", problems))
        : TypedResults.Ok(new HealthResponse("ready", []));
}
