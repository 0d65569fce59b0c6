using Dml.Files;

namespace Dml.Api.Http;

/// <summary>The body of a request as it arrives; knows how much of it has been read.</summary>
/// <param name="body">The server's.</param>
/// <param name="length">Its length if the client has stated it.</param>
internal sealed class ReceivedBody(Stream body, long? length) : OneWayStream
{
    private bool _isAtEnd;

    /// <summary>Number of bytes read.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether nothing is left to read.</summary>
    public bool HasEnded => _isAtEnd || BytesRead == length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await body.ReadAsync(buffer, cancellationToken), buffer.Length);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Count(body.Read(buffer, offset, count), count);

    private int Count(int read, int wanted)
    {
        BytesRead += read;
        _isAtEnd |= read == 0 && wanted > 0;
        return read;
    }
}
