using System.Diagnostics;
using Dml.Api.Telemetry;

namespace Dml.Api.Http;

/// <summary>Logs one line per request. Off unless the log level of this class is Information.</summary>
internal sealed class RequestLog(RequestDelegate next, ILogger<RequestLog> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var begin = Stopwatch.GetTimestamp();
        await next(context);
        if (log.IsEnabled(LogLevel.Information))
        {
            log.LogInformation(
                "{Method} {Path} answered {Status} in {Milliseconds:0.0} ms, key {Key}, request {RequestId}",
                context.Request.Method, context.Request.Path, context.Response.StatusCode,
                Stopwatch.GetElapsedTime(begin).TotalMilliseconds, context.User.Identity?.Name, RequestId.Current);
        }
    }
}
