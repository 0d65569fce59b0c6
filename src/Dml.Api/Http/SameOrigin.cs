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
        // "same-site" is another port or a neighbouring host: not this service either.
        if (request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" && request.Headers["Sec-Fetch-Mode"] != "navigate")
        {
            return context.AnswerAsync(
                ProblemType.ForeignOrigin, "The request comes from a page of another website; only pages of this service may send it.");
        }

        var safe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        return safe || request.Headers.Origin.ToString() is not { Length: > 0 } origin || IsOwn(origin, request)
            ? next(context)
            : context.AnswerAsync(
                ProblemType.ForeignOrigin,
                $"The request comes from a page of {origin}; only pages of this service may send it.");
    }

    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
}
