namespace Dml.Api.Catalogue;

/// <summary>A write that returns a <typeparamref name="T"/> once it is durable.</summary>
internal sealed class PendingWrite<T>(Func<WriteSession, T> write, CancellationToken cancel) : PendingWrite
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;
    private Exception? _failure;

    public Task<T> Done => _done.Task;

    public override void Execute(WriteSession session)
    {
        try
        {
            cancel.ThrowIfCancellationRequested();
            _result = session.Isolate(write);
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
            null => _done.TrySetResult(_result),
            OperationCanceledException canceled => _done.TrySetCanceled(canceled.CancellationToken),
            _ => _done.TrySetException(failure),
        };
    }
}
