using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Dml.Api.Http;

/// <summary>Answers 413 from the Content-Length alone, before a byte of an oversized body is stored.</summary>
internal sealed class BodyLimit(RequestDelegate next)
{
    // A client that is still sending sees a reset connection instead of the response, unless its bytes are read
    // for a moment after the response went out (a "lingering close").
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(2);

    public async Task InvokeAsync(HttpContext context)
    {
        var size = context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>();
        if (context.Request.ContentLength is not { } length || length <= size.MaxRequestBodySize)
        {
            await next(context);
            return;
        }

        context.Response.Headers.Connection = "close";
        await Problem(context).ExecuteAsync(context);
        await context.Response.CompleteAsync();
        // A client that waits for "100 Continue" has sent nothing and reads the response now.
        if (!context.Request.Headers.ContainsKey("Expect"))
        {
            size.MaxRequestBodySize = null;
            await DiscardAsync(context);
        }
    }

    public static ProblemHttpResult Problem(HttpContext context)
    {
        var size = context.GetEndpoint()?.Metadata.GetMetadata<BodySize>();
        var most = size?.MaxRequestBodySize
            ?? context.RequestServices.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.MaxRequestBodySize;
        return ProblemType.TooLarge.With(
            $"The body may have at most {most} bytes ({size?.Key ?? "Limits:MaxBodyBytes"}). Send a smaller one.");
    }

    private static async Task DiscardAsync(HttpContext context)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeout.CancelAfter(Linger);
        try
        {
            await context.Request.Body.CopyToAsync(Stream.Null, timeout.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The client is gone, or slower than is worth waiting for.
        }
    }
}
