using System.Threading.Channels;
using Dml.Api.Telemetry;

namespace Dml.Api.Catalogue;

/// <summary>
/// The single writer. Waiting writes are committed together, so that one flush to disk serves many of them (group commit).
/// A write is acknowledged only after the commit is durable and the listener has applied it.
/// </summary>
internal sealed class CommitQueue(ILogger log) : IAsyncDisposable
{
    private const int Capacity = 1024;
    private const int MaxGroup = 128;

    private readonly Channel<PendingWrite> _queue = Channel.CreateBounded<PendingWrite>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    private Task _loop = Task.CompletedTask;

    public int Length => _queue.Reader.Count;

    public void Start(WriteSession session, ICommitListener listener) =>
        _loop = Task.Factory.StartNew(() => Run(session, listener), TaskCreationOptions.LongRunning);

    /// <summary>Waits for space in the queue and then for the commit. A write that has started cannot be cancelled.</summary>
    public async Task<T> WriteAsync<T>(Func<WriteSession, T> write, CancellationToken cancel)
    {
        using var span = DmlMetrics.Span("commit");
        var pending = new PendingWrite<T>(write, cancel);
        await _queue.Writer.WriteAsync(pending, cancel);
        return await pending.Done;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        while (_queue.Reader.TryRead(out var pending))
        {
            pending.Complete(new OperationCanceledException("The service is stopping."));
        }
    }

    private void Run(WriteSession session, ICommitListener listener)
    {
        var group = new List<PendingWrite>(MaxGroup);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            while (group.Count < MaxGroup && _queue.Reader.TryRead(out var pending))
            {
                group.Add(pending);
            }

            var failure = Commit(session, listener, group);
            foreach (var pending in group)
            {
                pending.Complete(failure);
            }
        }
    }

    private Exception? Commit(WriteSession session, ICommitListener listener, List<PendingWrite> group)
    {
        try
        {
            session.Begin();
            foreach (var pending in group)
            {
                pending.Execute(session);
            }

            listener.Committed(session.Commit());
            return null;
        }
        catch (Exception exception)
        {
            if (OutOfSpace.Caused(exception))
            {
                log.LogError("A commit of {Count} writes failed: {Problem}", group.Count, exception.Message);
            }
            else
            {
                log.LogError(exception, "A commit of {Count} writes failed", group.Count);
            }

            session.Abandon();
            return exception;
        }
    }
}
