namespace Dml.Embedding;

/// <summary>One picture in the queue. It is either taken by a worker or cancelled, whichever comes first.</summary>
internal sealed class EmbedRequest(
    ReadOnlyMemory<byte> picture, EmbedPriority priority, string caller, CancellationToken cancel, PictureRegion? region = null)
    : TaskCompletionSource<EmbedResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;

    private int _state;

    internal ReadOnlyMemory<byte> Picture => picture;

    /// <summary>The part of the picture to embed; null for the whole of it.</summary>
    internal PictureRegion? Region => region;

    internal EmbedPriority Priority => priority;

    internal string Caller => caller;

    /// <summary>Whether a worker has looked at it, found that it takes long to decode, and put it back.</summary>
    internal bool IsHeavy { get; set; }

    /// <summary>
    /// Claims the request. Cancelling has no effect as long as a worker has claimed it: the caller may reuse the memory of the
    /// picture as soon as the task ends, so the task must not end while a worker reads the picture.
    /// </summary>
    internal bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;

    /// <summary>Gives a claimed request back. False if it was cancelled meanwhile and has ended so.</summary>
    internal bool TryGiveBack()
    {
        if (Interlocked.CompareExchange(ref _state, Waiting, Taken) == Taken)
        {
            return true;
        }

        SetCanceled(cancel);
        return false;
    }

    internal void Cancel()
    {
        if (Interlocked.Exchange(ref _state, Cancelled) == Waiting)
        {
            SetCanceled(cancel);
        }
    }
}
