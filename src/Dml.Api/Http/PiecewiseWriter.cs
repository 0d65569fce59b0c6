using System.IO.Pipelines;

namespace Dml.Api.Http;

/// <summary>Writes in pieces, and waits after each until its reader is not far behind.</summary>
internal sealed class PiecewiseWriter(PipeWriter writer) : PipeWriter
{
    // As much as Kestrel buffers before it waits for the client.
    private const int Piece = 64 * 1024;

    public override bool CanGetUnflushedBytes => writer.CanGetUnflushedBytes;

    public override long UnflushedBytes => writer.UnflushedBytes;

    public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        for (; source.Length > Piece; source = source[Piece..])
        {
            var result = await writer.WriteAsync(source[..Piece], cancellationToken);
            if (result.IsCompleted || result.IsCanceled)
            {
                return result;
            }
        }

        return await writer.WriteAsync(source, cancellationToken);
    }

    public override void Advance(int bytes) => writer.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => writer.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        writer.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => writer.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => writer.CompleteAsync(exception);
}
