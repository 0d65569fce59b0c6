namespace Dml.Api.Http;

/// <summary>
/// Refuses requests that come from a page of another origin: any website that is open in a browser on this machine could send forms to a
/// service on the loopback address, or load its pictures. Links from elsewhere work, because they navigate.
/// </summary>
internal sealed class SameOrigin(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers["Sec-Fetch-Site"] == "cross-site" && request.Headers["Sec-Fetch-Mode"] != "navigate")
        {
            return ProblemType.ForeignOrigin
                .With("The request comes from a page of another website; only pages of this service may send it.")
                .ExecuteAsync(context);
        }

        var safe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        if (safe || request.Headers.Origin.ToString() is not { Length: > 0 } origin || IsOwn(origin, request))
        {
            return next(context);
        }

        return ProblemType.ForeignOrigin
            .With($"The request comes from a page of {origin}; only pages of this service may send it.")
            .ExecuteAsync(context);
    }

    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
}
