using System.Diagnostics;

namespace Dml.Api.Telemetry;

/// <summary>
/// One id for a request, everywhere: the answer's header <c>X-Request-Id</c>, a problem's <c>traceId</c>, log lines
/// and traces. It is the W3C trace id, so that a client that sends <c>traceparent</c> knows it beforehand.
/// </summary>
internal static class RequestId
{
    public const string Header = "X-Request-Id";

    private static readonly AsyncLocal<string?> Present = new();

    /// <summary>The id of the request that this code works for; null outside of requests.</summary>
    public static string? Current => Present.Value;

    /// <summary>The first of all layers, so that the ones outside of a failure know the id as well.</summary>
    public static void UseRequestId(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var id = Activity.Current?.TraceId.ToHexString() ?? ActivityTraceId.CreateRandom().ToHexString();
        Present.Value = id;
        context.Response.OnStarting(() =>
        {
            context.Response.Headers[Header] = id;
            return Task.CompletedTask;
        });
        return next(context);
    });
}
