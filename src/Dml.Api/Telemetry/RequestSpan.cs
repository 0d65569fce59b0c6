using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace Dml.Api.Telemetry;

/// <summary>Gives a request's span the name and tags that OpenTelemetry's conventions ask of an HTTP server.</summary>
internal sealed class RequestSpan(RequestDelegate next)
{
    private const int FirstFailure = 500;

    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span)
        {
            Describe(span, context);
        }
    }

    private static void Describe(Activity span, HttpContext context)
    {
        var (method, status) = (context.Request.Method, context.Response.StatusCode);
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        span.DisplayName = route is null ? method : $"{method} {route}";
        span.SetTag("http.request.method", method);
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", status);
        span.SetTag("url.path", context.Request.Path.Value);
        span.SetTag("dml.key", context.User.Identity?.Name);
        if (status >= FirstFailure)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
