using System.Net;

namespace Dml.Benchmarks.Abuse;

/// <summary>A body that comes in ten parts, a fifth of a second apart.</summary>
internal sealed class SlowContent(byte[] bytes) : HttpContent
{
    private const int Parts = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        foreach (var part in bytes.Chunk((bytes.Length / Parts) + 1))
        {
            await stream.WriteAsync(part);
            await stream.FlushAsync();
            await Task.Delay(Pause);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = bytes.Length;
        return true;
    }
}
