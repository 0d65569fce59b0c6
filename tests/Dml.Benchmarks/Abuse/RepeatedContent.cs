using System.Net;
using System.Text;

namespace Dml.Benchmarks.Abuse;

/// <summary>A body that begins like JSON and goes on with one letter.</summary>
internal sealed class RepeatedContent(long bytes, string begin) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(begin));
        var part = new byte[1 << 20];
        part.AsSpan().Fill((byte)'a');
        for (var written = 0L; written < bytes; written += part.Length)
        {
            await stream.WriteAsync(part);
        }

        await stream.WriteAsync("\"}"u8.ToArray());
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
