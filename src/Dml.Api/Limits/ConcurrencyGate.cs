using System.Threading.RateLimiting;
using Dml.Api.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;

namespace Dml.Api.Limits;

/// <summary>
/// How many requests are worked on at once. A request takes its place when its whole body has come; until then it takes nothing but its
/// share of a bounded memory, so that a crowd of slow clients keeps nobody out.
/// </summary>
internal sealed class ConcurrencyGate(IOptions<LimitOptions> limits) : IMiddleware, IDisposable
{
    private const string Requests = "requests";
    private const string Streams = "streams";
    private const string Transfers = "transfers";

    private readonly BodyBudget _memory = new(limits.Value.BodyMemoryBytes);

    // Each kind has as many places.
    private readonly PartitionedRateLimiter<HttpContext> _places = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        RateLimitPartition.GetConcurrencyLimiter(
            KindOf(context), _ => new ConcurrencyLimiterOptions { PermitLimit = limits.Value.ConcurrentRequests, QueueLimit = 0 }));

    public void Dispose() => _places.Dispose();

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (RequestLimits.IsProbe(context))
        {
            await next(context);
            return;
        }

        using var body = new CollectedBody(_memory);
        if (IsCollected(context))
        {
            // Nobody shall send a body that will not be worked on.
            using var glance = _places.AttemptAcquire(context, 0);
            if (!glance.IsAcquired)
            {
                await NoPlace().ExecuteAsync(context);
                return;
            }

            if (!await body.TryCollectAsync(context, limits.Value.MaxBodyBytes))
            {
                await NoMemory().ExecuteAsync(context);
                return;
            }
        }

        using var place = _places.AttemptAcquire(context);
        await (place.IsAcquired ? next(context) : NoPlace().ExecuteAsync(context));
    }

    // An archive goes to the disk as it comes; what meets no endpoint is answered without its body.
    private static bool IsCollected(HttpContext context) =>
        context.GetEndpoint() is not null && KindOf(context) != Transfers
        && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };

    // Streams and transfers last for minutes: they take no place of the others.
    private static string KindOf(HttpContext context) => context.GetEndpoint()?.Metadata is not { } metadata ? Requests
        : metadata.GetMetadata<LongLived>() is not null ? Streams
        : metadata.GetMetadata<RequestTimeoutAttribute>()?.PolicyName == Transfer.Policy ? Transfers
        : Requests;

    private static ProblemHttpResult NoPlace() =>
        ProblemCode.Busy.With("As many requests are being worked on as this service takes on at once. Try again after Retry-After seconds.");

    private static ProblemHttpResult NoMemory() =>
        ProblemCode.Busy.With("The bodies of other requests take the memory that there is for them (Limits:BodyMemoryBytes). Try again after Retry-After seconds.");
}
