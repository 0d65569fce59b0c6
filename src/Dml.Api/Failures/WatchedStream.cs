using Dml.Files;

namespace Dml.Api.Failures;

/// <summary>A stream of unknown length, which is asked again and again whether it may go on.</summary>
/// <param name="stream">The stream.</param>
/// <param name="refuse">Why it may not; null if it may.</param>
internal sealed class WatchedStream(Stream stream, Func<Refusal?> refuse) : OneWayStream
{
    private const int BytesBetween = 16 << 20;

    private long _left;

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
}
