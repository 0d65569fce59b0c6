namespace Dml.Api.Imports.Archives;

/// <summary>A stream that is read from its start to its end, with gaps.</summary>
/// <param name="stream">The stream. Gaps in one that can seek cost nothing.</param>
/// <param name="most">The position that must not be passed, in bytes.</param>
/// <param name="setting">The setting with that number.</param>
internal sealed class ForwardStream(Stream stream, long most, string setting) : IDisposable
{
    private readonly byte[] _gap = stream.CanSeek ? [] : new byte[64 * 1024];

    public long Position { get; private set; }

    /// <summary>Reads up to the length of <paramref name="buffer"/>; 0 at the end.</summary>
    /// <exception cref="InvalidDataException">The limit has been passed, or the compressed data are damaged.</exception>
    public int Read(Span<byte> buffer)
    {
        var read = stream.Read(buffer);
        Position += read;
        return Position <= most
            ? read
            : throw new InvalidDataException($"It unpacks to more than {most} bytes ({setting}).");
    }

    /// <summary>Goes forward to a position.</summary>
    /// <exception cref="EndOfStreamException">The stream ends before it.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    public void SkipTo(long position)
    {
        if (stream.CanSeek)
        {
            Position = position <= stream.Length ? stream.Position = position : throw new EndOfStreamException();
            return;
        }

        while (Position < position)
        {
            if (Read(_gap.AsSpan(0, (int)Math.Min(_gap.Length, position - Position))) == 0)
            {
                throw new EndOfStreamException();
            }
        }
    }

    public void Dispose() => stream.Dispose();
}
