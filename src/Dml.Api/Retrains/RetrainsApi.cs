using System.ComponentModel;
using Dml.Api.Http;
using Dml.Api.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Retrains;

/// <summary>The nightly pipeline: start it, see what it did.</summary>
internal static class RetrainsApi
{
    public static void MapRetrainsApi(this IEndpointRouteBuilder routes)
    {
        var retrains = routes.MapGroup("").WithTags("Retrains");
        retrains.MapPost("/retrain", Start)
            .WithSummary("Learn from the catalogue now")
            .WithDescription(
                "Trains the active embedder further on the labelled items and the feedback, in a process of its own, and rolls the result out behind the gate. "
                + "The job's result says whether it answers now, was refused, or why there was nothing to do.")
            .Refuses(ProblemCode.RetrainRunning, ProblemCode.NoGeneration, ProblemCode.NoTrainer);
        retrains.MapGet("/retrains", (RetrainFiles files) => TypedResults.Ok<List<RetrainResponse>>([.. files.All.Select(RetrainResponse.Of)]))
            .WithSummary("The retrains there were, newest first");
        retrains.MapGet("/retrains/{id}", Get)
            .WithSummary("One retrain")
            .Refuses(ProblemCode.NotFound);
        retrains.MapGet("/retrains/{id}/report", Report)
            .WithSummary("A retrain's report as a page")
            .WithDescription("One HTML file without anything from elsewhere: figures before and after with intervals, the gate's checks, and the queries whose answers changed most.")
            .Produces<string>(200, "text/html")
            .Refuses(ProblemCode.NotFound);
    }

    private static Results<Accepted<Job>, ProblemHttpResult> Start(RetrainStarter starter)
    {
        var (job, problem) = starter.Start();
        return job is null ? problem! : TypedResults.Accepted($"/jobs/{job.Id}", job);
    }

    private static Results<Ok<RetrainResponse>, ProblemHttpResult> Get(
        [Description("The retrain's id, as GET /retrains lists it.")] string id, RetrainFiles files) =>
        files.Find(id) is { } state ? TypedResults.Ok(RetrainResponse.Of(state)) : NotFound(id);

    private static Results<PhysicalFileHttpResult, ProblemHttpResult> Report(
        [Description("The retrain's id, as GET /retrains lists it.")] string id, RetrainFiles files) =>
        files.Find(id) is not null && File.Exists(files.ReportPath(id)) ? TypedResults.PhysicalFile(files.ReportPath(id), "text/html; charset=utf-8") : NotFound(id);

    private static ProblemHttpResult NotFound(string id) =>
        ProblemCode.NotFound.With($"There is no retrain \"{id}\", or it has no report yet. GET /retrains lists them.");
}
