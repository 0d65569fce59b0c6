using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Dml.Api.Http;

/// <summary>
/// Tells a client that begins with HTTP/2 on a connection without TLS what to do instead. Without TLS the two cannot agree on a version,
/// and the web server would close the connection without words.
/// </summary>
internal static class PlainHttp2
{
    // RFC 9113, 3.4: no other request begins like this.
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n"u8.ToArray();

    private static readonly byte[] Answer = Encoding.ASCII.GetBytes(
        "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
        + "HTTP/2 needs TLS here. Send HTTP/1.1, or configure Kestrel:Endpoints with a certificate.\n");

    /// <param name="endpoint">The address that is listened on.</param>
    /// <param name="patience">How long the first bytes may take before the web server's own time limits take over.</param>
    public static void RefusePlainHttp2(this ListenOptions endpoint, TimeSpan patience) => endpoint.Use(next => async connection =>
    {
        if (await IsHttp2Async(connection, patience))
        {
            await connection.Transport.Output.WriteAsync(Answer);
            await connection.Transport.Output.CompleteAsync();
            return;
        }

        await next(connection);
    });

    private static async ValueTask<bool> IsHttp2Async(ConnectionContext connection, TimeSpan patience)
    {
        var input = connection.Transport.Input;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        timeout.CancelAfter(patience);
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(timeout.Token);
                var isHttp2 = IsHttp2(read.Buffer);
                // Nothing is taken away. More is waited for only while it may still become the preface.
                input.AdvanceTo(read.Buffer.Start, isHttp2 is null ? read.Buffer.End : read.Buffer.Start);
                if (isHttp2 is not null || read.IsCompleted || read.IsCanceled)
                {
                    return isHttp2 == true;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // Also a client that is gone already: the web server knows what to do about it.
            return false;
        }
    }

    // Null while it may become either.
    private static bool? IsHttp2(ReadOnlySequence<byte> begun)
    {
        var head = begun.Slice(0, Math.Min(begun.Length, Preface.Length)).ToArray();
        return !Preface.AsSpan().StartsWith(head) ? false : head.Length == Preface.Length ? true : null;
    }
}
