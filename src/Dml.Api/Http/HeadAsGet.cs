namespace Dml.Api.Http;

/// <summary>
/// Answers HEAD as GET (RFC 9110, 9.3.2), for uptime probes and clients that ask for the size first. Kestrel leaves out the body by itself,
/// because it knows how the request came.
/// </summary>
internal sealed class HeadAsGet(RequestDelegate next)
{
    private static readonly object Marker = new();

    /// <summary>Whether a request that looks like GET came as HEAD: what streams for long has nothing to wait for then.</summary>
    public static bool Is(HttpContext context) => context.Items.ContainsKey(Marker);

    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await next(context);
            return;
        }

        context.Items[Marker] = null;
        context.Request.Method = HttpMethods.Get;
        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Method = HttpMethods.Head;
        }
    }
}
