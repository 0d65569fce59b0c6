namespace Dml.Api.Http;

/// <summary>
/// Answers HEAD as GET (RFC 9110, 9.3.2), for uptime probes and clients that ask for the size first. Kestrel leaves out the body by itself,
/// because it knows how the request came.
/// </summary>
internal sealed class HeadAsGet(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await next(context);
            return;
        }

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
