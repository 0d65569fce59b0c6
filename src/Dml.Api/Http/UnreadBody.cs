using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Dml.Api.Http;

/// <summary>
/// Ends the connection of a client that still sends a long body when its request has been answered. The web server would receive all that
/// comes within five seconds, as fast as it comes: gigabytes, for a caller who may not even have a key. What is no longer than an ordinary
/// body is received, so that clients which read no answer before they have sent all keep their connection.
/// </summary>
internal sealed class UnreadBody(RequestDelegate next, IOptions<KestrelServerOptions> server)
{
    private const int BufferBytes = 64 * 1024;

    // A client that is still sending sees a reset connection instead of the answer, unless it has a moment to read it.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(2);

    private long Most => server.Value.Limits.MaxRequestBodySize ?? 0;

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        // A request of HTTP/2 has no connection of its own, and the server ends its stream.
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }
            || HttpProtocol.IsHttp2(request.Protocol) || HttpProtocol.IsHttp3(request.Protocol))
        {
            await next(context);
            return;
        }

        var body = new ReceivedBody(request.Body, request.ContentLength);
        request.Body = body;
        context.Response.OnStarting(() =>
        {
            if (!body.HasEnded && (request.ContentLength is not { } length || length - body.BytesRead > Most || IsHeldBack(request, body)))
            {
                context.Response.Headers.Connection = "close";
            }

            return Task.CompletedTask;
        });
        await next(context);
        if (!body.HasEnded && !IsHeldBack(request, body) && !context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.CompleteAsync();
            await EndAsync(context, body);
        }
    }

    // A client that waits for "100 Continue" has sent nothing and reads the answer now.
    private static bool IsHeldBack(HttpRequest request, ReceivedBody body) =>
        body.BytesRead == 0 && request.Headers.Expect.Count > 0;

    private async Task EndAsync(HttpContext context, ReceivedBody body)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(Linger);
        try
        {
            var last = body.BytesRead + Most;
            while (body.BytesRead < last && await body.ReadAsync(buffer, patience.Token) > 0)
            {
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The client is gone, has had its time, sends what is no body or a longer one than the server reads, or its request was given
            // up in the middle of a read.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (!body.HasEnded)
        {
            await Task.Delay(Linger, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.Abort();
        }
    }
}
