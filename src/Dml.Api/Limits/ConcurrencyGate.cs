using System.Threading.RateLimiting;
using Dml.Api.Http;
using Dml.Embedding;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Limits;

/// <summary>
/// Limits the number of requests that are processed at the same time. A request is admitted when its whole body has
/// arrived; until then it takes only its share of a memory budget, so that slow clients keep no others out. It gives its place back when
/// its answer begins, so that slow readers keep no others out either. No caller takes more than three quarters of the places.
/// </summary>
internal sealed class ConcurrencyGate(IOptions<LimitOptions> limits) : IMiddleware, IDisposable
{
    private const string Requests = "requests";
    private const string Streams = "streams";
    private const string Transfers = "transfers";

    private readonly BodyBudget _budget = new(limits.Value.BodyMemoryBytes, limits.Value.MaxBodyBytes + (1 << 20));

    // The limits apply to each kind separately.
    private readonly PartitionedRateLimiter<HttpContext> _limiter = PartitionedRateLimiter.CreateChained(
        Places(CallerShare.Of(limits.Value.ConcurrentRequests), context => $"{KindOf(context)} of {RequestLimits.NameOf(context)}"),
        Places(limits.Value.ConcurrentRequests, KindOf));

    public void Dispose() => _limiter.Dispose();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (RequestLimits.IsProbe(context))
        {
            await next(context);
            return;
        }

        using var body = new CollectedBody(_budget, RequestLimits.NameOf(context));
        if (IsCollected(context))
        {
            // Reject before the client uploads a body that would be refused anyway.
            using var check = _limiter.AttemptAcquire(context, 0);
            if (!check.IsAcquired)
            {
                await AtCapacity().ExecuteAsync(context);
                return;
            }

            if (!await body.TryCollectAsync(context, limits.Value.MaxBodyBytes))
            {
                await OutOfBodyMemory().ExecuteAsync(context);
                return;
            }
        }

        using var permit = _limiter.AttemptAcquire(context);
        if (!permit.IsAcquired)
        {
            await AtCapacity().ExecuteAsync(context);
            return;
        }

        if (KindOf(context) == Requests)
        {
            // A lease may be disposed of more than once.
            context.Response.OnStarting(
                static lease =>
                {
                    ((IDisposable)lease).Dispose();
                    return Task.CompletedTask;
                },
                permit);
        }

        await next(context);
    }

    private static PartitionedRateLimiter<HttpContext> Places(int places, Func<HttpContext, string> name) =>
        PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetConcurrencyLimiter(
            name(context), _ => new ConcurrencyLimiterOptions { PermitLimit = places, QueueLimit = 0 }));

    // Archives are streamed to disk; a request without an endpoint is answered without its body.
    private static bool IsCollected(HttpContext context) =>
        context.GetEndpoint() is not null && KindOf(context) != Transfers
        && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };

    // Streams and transfers last for minutes and must not use up the permits of other requests.
    private static string KindOf(HttpContext context) => context.GetEndpoint()?.Metadata is not { } metadata ? Requests
        : metadata.GetMetadata<LongLived>() is not null ? Streams
        : metadata.GetMetadata<RequestTimeoutAttribute>()?.PolicyName == Transfer.Policy ? Transfers
        : Requests;

    private static ProblemHttpResult AtCapacity() => ProblemType.Busy.With(
        "The service is processing as many requests, or as many of this caller, as Limits:ConcurrentRequests permits. Try again after "
        + "Retry-After seconds.");

    private static ProblemHttpResult OutOfBodyMemory() =>
        ProblemType.Busy.With(
            "The bodies of other requests, or of this caller's others, use up the memory reserved for bodies (Limits:BodyMemoryBytes). Try "
            + "again after Retry-After seconds."
        );
}
