using System.Runtime.CompilerServices;
using Dml.Api.Http;
using Dml.Api.Limits;
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
            .WithMetadata(LongLived.Metadata)
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

    private static Results<ServerSentEventsResult<Job>, ProblemHttpResult> Watch(
        string id, JobBoard board, IHostApplicationLifetime service, CancellationToken cancel) =>
        board.Find(id) is null ? NotFound(id) : TypedResults.ServerSentEvents(WatchAsync(id, board, service, cancel));

    // A stopping service waits for its requests before it ends its jobs: a stream that waits for a job would hold it up.
    private static async IAsyncEnumerable<Job> WatchAsync(
        string id, JobBoard board, IHostApplicationLifetime service, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, service.ApplicationStopping);
        await foreach (var job in board.WatchAsync(id, end.Token))
        {
            yield return job;
        }
    }

    private static ProblemHttpResult NotFound(string id) =>
        ProblemCode.NotFound.With($"There is no job \"{id}\". GET /jobs lists the jobs.");
}
