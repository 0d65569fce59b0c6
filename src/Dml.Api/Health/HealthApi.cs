using Dml.Api.Catalogue;
using Dml.Api.Gate;
using Dml.Api.Generations;
using Dml.Api.Http;
using Dml.Embedding;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Health;

/// <summary>Figures and probes.</summary>
internal static class HealthApi
{
    public static void MapHealthApi(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("").WithTags("Health");
        health.MapGet("/stats", Stats).WithSummary("Figures of catalogue, index and queues");
        health.MapGet("/healthz/live", () => TypedResults.Ok(new HealthResponse("live")))
            .WithSummary("Whether the process answers");
        health.MapGet("/healthz/ready", Ready)
            .WithSummary("Whether searches are answered")
            .Refuses(ProblemCode.NoGeneration);
    }

    private static async Task<Ok<StatsResponse>> Stats(ICatalogue catalogue, GenerationRegistry generations, RecallCheck recall, EmbeddingCache cache, CancellationToken cancel)
    {
        var items = await catalogue.CountAsync(cancel);
        var queues = new QueueStats(generations.Active?.Embedder.QueueLength ?? 0, catalogue.QueueLength);
        var queue = queues.Embedder + queues.Commits;
        if (generations.Active is not { } active)
        {
            return TypedResults.Ok(new StatsResponse(items, null, null, null, null, null, queue, queues, cache.Figures));
        }

        var figure = recall.Last;
        var index = new IndexStats(active.Index.Count, active.Index.MemoryBytes, figure?.Recall, figure?.Queries, figure?.MeasuredAt);
        return TypedResults.Ok(new StatsResponse(
            items, active.Number, active.Model, active.Fingerprint, active.Dimension, index, queue, queues, cache.Figures));
    }

    private static Results<Ok<HealthResponse>, ProblemHttpResult> Ready(GenerationRegistry generations) =>
        generations.Active is null ? ProblemCode.NoGeneration.With(generations.Problem) : TypedResults.Ok(new HealthResponse("ready"));
}
