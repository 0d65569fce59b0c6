using System.Diagnostics;

namespace Dml.Api.Telemetry;

/// <summary>
/// Identifies a request in the response header <c>X-Request-Id</c>, the <c>traceId</c> of problem details, log lines and
/// traces. It is the W3C trace id, so a client that sends <c>traceparent</c> knows it in advance.
/// </summary>
internal static class RequestId
{
    public const string Header = "X-Request-Id";

    private static readonly AsyncLocal<string?> Present = new();

    /// <summary>The id of the current request; null outside of requests.</summary>
    public static string? Current => Present.Value;

    /// <summary>The first middleware, so that all others know the id, even those outside of a failure.</summary>
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
