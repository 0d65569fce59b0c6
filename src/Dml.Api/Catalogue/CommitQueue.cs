using System.Threading.Channels;
using Dml.Api.Failures;
using Dml.Api.Telemetry;

namespace Dml.Api.Catalogue;

/// <summary>
/// The single writer. Waiting writes are committed together, so that one flush to disk serves many of them (group commit).
/// A write is acknowledged only after the commit is durable and the listener has applied it. Its thread outlives every failure: a group
/// that cannot be committed fails, and the next one is tried.
/// </summary>
internal sealed class CommitQueue(KnownProblems problems, ILogger log) : IAsyncDisposable
{
    private const int Capacity = 1024;
    private const int MaxGroup = 128;

    private readonly Channel<PendingWrite> _queue = Channel.CreateBounded<PendingWrite>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    // Follows the work between two commits wherever it goes.
    private readonly AsyncLocal<bool> _isPaused = new();
    private Task _loop = Task.CompletedTask;

    public int Length => _queue.Reader.Count;

    public void Start(WriteSession session, ICommitListener listener) =>
        _loop = Task.Factory.StartNew(() => Run(session, listener), TaskCreationOptions.LongRunning);

    /// <summary>Waits for space in the queue and then for the commit. A write that has started cannot be cancelled.</summary>
    public async Task<T> WriteAsync<T>(Func<WriteSession, T> write, CancellationToken cancel)
    {
        using var span = DmlMetrics.Span("commit");
        var pending = new PendingWrite<T>(write, cancel);
        await EnqueueAsync(pending, cancel);
        return await pending.Done;
    }

    /// <summary>Runs work between two commits, outside of any transaction. It must not write: it would wait for itself.</summary>
    public async Task PauseAsync(Func<Task> work, CancellationToken cancel)
    {
        var pending = new PendingPause(work, cancel);
        await EnqueueAsync(pending, cancel);
        await pending.Done;
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

    private ValueTask EnqueueAsync(PendingWrite pending, CancellationToken cancel) => _isPaused.Value
        ? throw new InvalidOperationException("Work that runs between two commits wrote to the catalogue, and would wait for itself.")
        : _queue.Writer.WriteAsync(pending, cancel);

    private void Run(WriteSession session, ICommitListener listener)
    {
        var group = new List<PendingWrite>(MaxGroup);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            PendingPause? pause = null;
            group.Clear();
            while (group.Count < MaxGroup && pause is null && _queue.Reader.TryRead(out var pending))
            {
                pause = pending as PendingPause;
                if (pause is null)
                {
                    group.Add(pending);
                }
            }

            var failure = group.Count == 0 ? null : TryCommit(session, listener, group);
            foreach (var pending in group)
            {
                pending.Complete(failure);
            }

            if (pause is not null)
            {
                _isPaused.Value = true;
                pause.Execute(session);
                _isPaused.Value = false;
                pause.Complete(null);
            }
        }
    }

    // Returns why nothing was committed, or null.
    private Exception? TryCommit(WriteSession session, ICommitListener listener, List<PendingWrite> group)
    {
        Commit commit;
        try
        {
            session.Begin();
            foreach (var pending in group)
            {
                pending.Execute(session);
            }

            commit = session.Commit();
        }
        catch (Exception exception)
        {
            Fail(session, group.Count, exception);
            return exception;
        }

        problems.Solved(KnownProblems.Writes);
        try
        {
            listener.Committed(commit);
        }
        catch (Exception exception)
        {
            // The writes are durable: to report them as failed would be wrong, and to end the thread worse.
            log.LogCritical(exception, "A commit of {Count} writes is durable, but the indexes were not told", group.Count);
            problems.Report(KnownProblems.Index, "The index lacks recent changes until the service is restarted; the log has the cause.");
        }

        return null;
    }

    private void Fail(WriteSession session, int writes, Exception exception)
    {
        if (OutOfSpace.Caused(exception) || CatalogueLock.Caused(exception))
        {
            log.LogError("A commit of {Count} writes failed: {Problem}", writes, exception.Message);
        }
        else
        {
            log.LogError(exception, "A commit of {Count} writes failed", writes);
        }

        if (session.Abandon() is { } failure)
        {
            log.LogCritical(
                failure, "The transaction of {Count} writes could not be rolled back; the next write reopens the catalogue", writes);
        }

        problems.Report(
            KnownProblems.Writes,
            OutOfSpace.Caused(exception) ? "The last write failed: the disk is full."
            : CatalogueLock.Caused(exception) ? "The last write failed: another program has locked the catalogue."
            : "The last write failed; the log has the cause.");
    }
}
