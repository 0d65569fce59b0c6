using System.Runtime.CompilerServices;
using Dml.Api.Http;
using Dml.Api.Limits;
using Dml.Api.Security;
using Dml.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Dml.Api.Jobs;

/// <summary>Endpoints of background jobs.</summary>
internal static class JobsApi
{
    public static void MapJobsApi(this IEndpointRouteBuilder routes)
    {
        var jobs = routes.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapGet("", (JobBoard board) => TypedResults.Ok(board.All))
            .RequireRole(Role.Search)
            .WithSummary("List all jobs, newest first");
        jobs.MapGet("{id}", Get)
            .RequireRole(Role.Search)
            .WithSummary("Get a job")
            .Refuses(ProblemType.NotFound);
        jobs.MapDelete("{id}", Cancel)
            .RequireRole(Role.Admin)
            .Audited("job.cancel")
            .WithSummary("Cancel a job")
            .WithDescription("202 while it is being cancelled, 200 if it had already ended.")
            .Refuses(ProblemType.NotFound);
        jobs.MapGet("{id}/events", Watch)
            .RequireRole(Role.Search)
            .WithSummary("Watch a job's progress (server-sent events)")
            .WithDescription("The data of each event is the Job; the stream ends when the job has ended.")
            .Produces<Job>(200, "text/event-stream")
            .WithMetadata(LongLived.Metadata)
            .Refuses(ProblemType.NotFound);
    }

    private static Results<Ok<Job>, ProblemHttpResult> Get(string id, JobBoard board) =>
        board.Find(id) is { } job ? TypedResults.Ok(job) : NotFound(id);

    private static Results<Accepted<Job>, Ok<Job>, ProblemHttpResult> Cancel(string id, JobBoard board) => board.Cancel(id) switch
    {
        null => NotFound(id),
        var job when job.HasEnded => TypedResults.Ok(job),
        var job => TypedResults.Accepted($"/jobs/{id}", job),
    };

    private static Results<ServerSentEventsResult<Job>, ProblemHttpResult> Watch(
        string id, HttpContext context, JobBoard board, IHostApplicationLifetime service, CancellationToken cancel) =>
        board.Find(id) is null ? NotFound(id)
        : TypedResults.ServerSentEvents(HeadAsGet.Is(context)
            ? AsyncEnumerable.Empty<Job>()
            : WatchAsync(id, board, service, cancel));

    // On shutdown requests are drained before jobs are cancelled: a stream that waits for its job would delay it.
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
        ProblemType.NotFound.With($"There is no job \"{id}\". GET /jobs lists the jobs.");
}
