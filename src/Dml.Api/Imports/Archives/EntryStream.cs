using Dml.Files;

namespace Dml.Api.Imports.Archives;

/// <summary>The part of a stream that holds one entry.</summary>
/// <param name="read">Reads the stream from the beginning of the entry.</param>
/// <param name="size">Length of the entry in bytes.</param>
internal sealed class EntryStream(EntryStream.Reading read, long size) : OneWayStream
{
    /// <summary>What is wrong with an entry that the archive ends within.</summary>
    public const string Cut = "The archive is cut off within this file.";

    private long _left = size;

    /// <summary>Reads a stream; 0 at its end.</summary>
    public delegate int Reading(Span<byte> buffer);

    /// <exception cref="EndOfStreamException">The archive ends within the entry.</exception>
    public override int Read(Span<byte> buffer)
    {
        var wanted = buffer[..(int)Math.Min(buffer.Length, _left)];
        var count = wanted.IsEmpty ? 0 : read(wanted);
        _left -= count;
        return count > 0 || wanted.IsEmpty ? count : throw new EndOfStreamException(Cut);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}
