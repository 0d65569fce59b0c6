using System.Buffers.Binary;

namespace Dml.Benchmarks.Load;

/// <summary>
/// Pictures in turn, each with a number appended: the same work for decoder and network, but a new file, so that no cache answers. All
/// clients share the sequence.
/// </summary>
internal sealed class PictureSeries(byte[][] pictures, bool areNew)
{
    public const int MarkBytes = 8;
    private long _next;

    public ReadOnlySpan<byte> Next(Span<byte> mark, out int marked)
    {
        var number = Interlocked.Increment(ref _next);
        BinaryPrimitives.WriteInt64LittleEndian(mark, number);
        marked = areNew ? MarkBytes : 0;
        return pictures[number % pictures.Length];
    }

    /// <summary>The next picture as a new file.</summary>
    public byte[] NextFile()
    {
        Span<byte> mark = stackalloc byte[MarkBytes];
        var picture = Next(mark, out var marked);
        return [.. picture, .. mark[..marked]];
    }
}
