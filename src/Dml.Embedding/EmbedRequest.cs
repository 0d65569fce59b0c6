namespace Dml.Embedding;

/// <summary>One picture in the queue. It is either taken by a worker or cancelled, whichever comes first.</summary>
internal sealed class EmbedRequest(ReadOnlyMemory<byte> picture, EmbedPriority priority, string caller, CancellationToken cancel)
    : TaskCompletionSource<EmbedResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private int _taken;

    internal ReadOnlyMemory<byte> Picture => picture;

    internal EmbedPriority Priority => priority;

    internal string Caller => caller;

    /// <summary>
    /// Claims the request. Cancelling has no effect once a worker has claimed it: the caller may reuse the memory of the
    /// picture as soon as the task ends, so the task must not end while a worker reads the picture.
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
