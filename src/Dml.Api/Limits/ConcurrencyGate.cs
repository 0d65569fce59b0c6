using System.Threading.RateLimiting;
using Dml.Api.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Limits;

/// <summary>
/// Limits the number of requests that are processed at the same time. A request is admitted when its whole body has
/// arrived; until then it takes only its share of a memory budget, so that slow clients keep no others out.
/// </summary>
internal sealed class ConcurrencyGate(IOptions<LimitOptions> limits) : IMiddleware, IDisposable
{
    private const string Requests = "requests";
    private const string Streams = "streams";
    private const string Transfers = "transfers";

    private readonly BodyBudget _budget = new(limits.Value.BodyMemoryBytes);

    // The limit applies to each kind separately.
    private readonly PartitionedRateLimiter<HttpContext> _limiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        RateLimitPartition.GetConcurrencyLimiter(
            KindOf(context), _ => new ConcurrencyLimiterOptions { PermitLimit = limits.Value.ConcurrentRequests, QueueLimit = 0 }));

    public void Dispose() => _limiter.Dispose();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (RequestLimits.IsProbe(context))
        {
            await next(context);
            return;
        }

        using var body = new CollectedBody(_budget);
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
        await (permit.IsAcquired ? next(context) : AtCapacity().ExecuteAsync(context));
    }

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
        "The service is processing as many requests as Limits:ConcurrentRequests permits. Try again after Retry-After seconds.");

    private static ProblemHttpResult OutOfBodyMemory() =>
        ProblemType.Busy.With(
            "The bodies of other requests use up the memory reserved for bodies (Limits:BodyMemoryBytes). Try again after Retry-After "
            + "seconds."
        );
}
