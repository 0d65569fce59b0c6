namespace Dml.Api.Failures;

/// <summary>A stream of unknown length, which is asked again and again whether it may go on.</summary>
/// <param name="stream">The stream.</param>
/// <param name="refuse">Why it may not; null if it may.</param>
internal sealed class WatchedStream(Stream stream, Func<Refusal?> refuse) : Stream
{
    private const int BytesBetween = 16 << 20;

    private long _left;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <exception cref="NoSpaceLeftException">It may not go on.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left <= 0)
        {
            _left = refuse() is { } refusal ? throw new NoSpaceLeftException(refusal.Detail) : BytesBetween;
        }

        var read = await stream.ReadAsync(buffer, cancellationToken);
        _left -= read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies are read without blocking.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
