namespace Dml.Api.Catalogue;

/// <summary>Work that runs between two commits, outside of any transaction.</summary>
internal sealed class PendingPause(Func<Task> work, CancellationToken cancel) : PendingWrite
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;

    public Task Done => _done.Task;

    public override void Execute(WriteSession session)
    {
        try
        {
            cancel.ThrowIfCancellationRequested();
            // This blocks the writer's own thread, and so the next commit.
            work().GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            _failure = exception;
        }
    }

    public override void Complete(Exception? failure)
    {
        failure ??= _failure;
        _ = failure switch
        {
            null => _done.TrySetResult(),
            OperationCanceledException canceled => _done.TrySetCanceled(canceled.CancellationToken),
            _ => _done.TrySetException(failure),
        };
    }
}
