namespace Dml.Api.Http;

/// <summary>
/// A page of another web site, open in a browser on this machine, can send forms to a loopback service.
/// It must not be able to change the catalogue: a changing request that names a foreign origin is refused.
/// </summary>
internal sealed class SameOrigin(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var safe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        if (safe || request.Headers.Origin.ToString() is not { Length: > 0 } origin || IsOwn(origin, request))
        {
            return next(context);
        }

        return ProblemCode.ForeignOrigin
            .With($"The request comes from a page of {origin}; only pages of this service may send it.")
            .ExecuteAsync(context);
    }

    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
}
