using Dml.Api.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Jobs;

/// <summary>Long work that goes on behind the requests.</summary>
internal static class JobsApi
{
    public static void MapJobsApi(this IEndpointRouteBuilder routes)
    {
        var jobs = routes.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapGet("", (JobBoard board) => TypedResults.Ok(board.All))
            .WithSummary("All jobs, newest first");
        jobs.MapGet("{id}", Get)
            .WithSummary("One job")
            .Refuses(ProblemCode.NotFound);
        jobs.MapDelete("{id}", Cancel)
            .WithSummary("Cancel a job")
            .WithDescription("202 while it is being ended, 200 when it had ended before.")
            .Refuses(ProblemCode.NotFound);
        jobs.MapGet("{id}/events", Watch)
            .WithSummary("A job's progress, live (server-sent events)")
            .WithDescription("Each event's data is the Job; the stream ends when the job has ended.")
            .Produces<Job>(200, "text/event-stream")
            .Refuses(ProblemCode.NotFound);
    }

    private static Results<Ok<Job>, ProblemHttpResult> Get(string id, JobBoard board) =>
        board.Find(id) is { } job ? TypedResults.Ok(job) : NotFound(id);

    private static Results<Accepted<Job>, Ok<Job>, ProblemHttpResult> Cancel(string id, JobBoard board) => board.Cancel(id) switch
    {
        null => NotFound(id),
        var job when job.HasEnded() => TypedResults.Ok(job),
        var job => TypedResults.Accepted($"/jobs/{id}", job),
    };

    private static Results<ServerSentEventsResult<Job>, ProblemHttpResult> Watch(string id, JobBoard board, CancellationToken cancel) =>
        board.Find(id) is null ? NotFound(id) : TypedResults.ServerSentEvents(board.WatchAsync(id, cancel));

    private static ProblemHttpResult NotFound(string id) =>
        ProblemCode.NotFound.With($"There is no job \"{id}\". GET /jobs lists the jobs.");
}
