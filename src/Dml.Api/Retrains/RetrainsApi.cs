using System.ComponentModel;
using System.Text.Json.Nodes;
using Dml.Api.Catalogue;
using Dml.Api.Feedback;
using Dml.Api.Http;
using Dml.Api.Security;
using Dml.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Dml.Api.Retrains;

/// <summary>Endpoints of retrains.</summary>
internal static class RetrainsApi
{
    public static void MapRetrainsApi(this IEndpointRouteBuilder routes)
    {
        var retrains = routes.MapGroup("").WithTags("Retrains");
        retrains.MapPost("/retrain", Start)
            .RequireRole(Role.Admin)
            .Audited("retrain")
            .WithSummary("Start a retrain")
            .WithDescription(
                "Continues to train the active embedder on the labelled items and the feedback, in a separate process, and rolls the "
                + "result out through the gate. "
                + "The job's result says whether it is active now, was refused, or why there was nothing to do.")
            .Refuses(ProblemType.RetrainRunning, ProblemType.NoGeneration, ProblemType.NoTrainer);
        retrains.MapGet("/retrains", (RetrainFiles files) => TypedResults.Ok<List<RetrainResponse>>([.. files.All.Select(Read)]))
            .RequireRole(Role.Search)
            .WithSummary("List all retrains, newest first");
        retrains.MapGet("/learning", LearningAsync)
            .RequireRole(Role.Search)
            .WithSummary("Get when the service learns next, and the feedback so far");
        retrains.MapGet("/retrains/{id}", Get)
            .RequireRole(Role.Search)
            .WithSummary("Get a retrain")
            .Refuses(ProblemType.NotFound);
        retrains.MapGet("/retrains/{id}/report", Report)
            .RequireRole(Role.Search)
            .WithSummary("Get the report of a retrain, an HTML page")
            .WithDescription(
                "A self-contained HTML file: figures before and after with intervals, the gate's checks, and the queries whose answers "
                + "changed most."
            )
            .WithMetadata(new InlineStyle(RetrainReport.StyleHash))
            .Produces<string>(200, "text/html")
            .Refuses(ProblemType.NotFound);
    }

    private static Results<Accepted<Job>, ProblemHttpResult> Start(RetrainStarter starter)
    {
        var started = starter.Start();
        return started.Succeeded ? TypedResults.Accepted($"/jobs/{started.Value.Id}", started.Value) : started.Refusal.ToProblem();
    }

    private static async Task<Ok<LearningResponse>> LearningAsync(
        RetrainFiles files,
        TrainingProgram program,
        SqliteCatalogue catalogue,
        IOptions<RetrainOptions> retrain,
        IOptions<FeedbackOptions> feedback,
        TimeProvider clock,
        CancellationToken cancel)
    {
        var last = files.All.FirstOrDefault(state => state.Outcome is RetrainOutcome.Activated or RetrainOutcome.Refused);
        var count = await catalogue.Feedback.CountAsync(last?.StartedAt, cancel);
        return TypedResults.Ok(new LearningResponse(
            retrain.Value.Schedule?.GetNextValidTimeAfter(clock.GetUtcNow()),
            program.Find() is null ? program.Missing : null,
            new FeedbackCounts(count.Right, count.Wrong, count.Newer, count.KeptPictures, count.KeptBytes),
            feedback.Value.KeepPictures));
    }

    private static Results<Ok<RetrainResponse>, ProblemHttpResult> Get(
        [Description("The retrain's id, as in GET /retrains.")] string id, RetrainFiles files) =>
        files.Find(id) is { } state ? TypedResults.Ok(Read(state)) : NotFound(id);

    private static Results<PhysicalFileHttpResult, ProblemHttpResult> Report(
        [Description("The retrain's id, as in GET /retrains.")] string id,
        RetrainFiles files
    ) =>
        files.Find(id) is not null && File.Exists(files.ReportPath(id))
            ? TypedResults.PhysicalFile(files.ReportPath(id), "text/html; charset=utf-8")
            : NotFound(id);

    private static RetrainResponse Read(RetrainState state) => new(
        state.Id,
        state.JobId,
        state.Step,
        state.Outcome,
        state.Message,
        state.StartedAt,
        state.EndedAt,
        state.FromGeneration,
        state.FromModel,
        state.Counts,
        state.Training?["continued"] is JsonValue continued && continued.TryGetValue<bool>(out var isContinued) ? isContinued : null,
        // What a training process wrote, whatever that is.
        state.Training?["figures"] is JsonObject figures ? figures.DeepClone().AsObject() : null,
        state.Training is null ? null : state.Model,
        state.Generation,
        state.Gate,
        state.Step == RetrainStep.Ended ? $"/retrains/{state.Id}/report" : null);

    private static ProblemHttpResult NotFound(string id) =>
        ProblemType.NotFound.With($"There is no retrain \"{id}\", or it has no report yet. GET /retrains lists them.");
}
