namespace Dml.Embedding;

/// <summary>One picture in the queue. It is taken by a worker or cancelled, whichever comes first, never both.</summary>
internal sealed class EmbedRequest(ReadOnlyMemory<byte> picture, EmbedPriority priority, CancellationToken cancel)
    : TaskCompletionSource<EmbedResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private int _taken;

    internal ReadOnlyMemory<byte> Picture => picture;

    internal EmbedPriority Priority => priority;

    /// <summary>
    /// Claims the request. Once a worker has it, cancelling has no effect: the caller may reuse the memory of the
    /// picture as soon as the task ends, so it must not end while a worker reads it.
    /// </summary>
    internal bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;

    internal void Cancel()
    {
        if (TryTake())
        {
            SetCanceled(cancel);
        }
    }
}
