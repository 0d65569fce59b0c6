using Dml.Api.Audit;
using Dml.Contracts;

namespace Dml.Api.Jobs;

/// <summary>A job of this process: its current state and a signal for its watchers.</summary>
/// <param name="job">Its state.</param>
/// <param name="by">Who asked for it; null for the service itself.</param>
/// <param name="caller">Whose share of what jobs of its kind may take it counts for; empty for the service itself.</param>
internal sealed class RunningJob(Job job, AuditActor? by = null, string caller = "")
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSignal();

    public AuditActor? By => by;

    public string Caller => caller;

    public CancellationTokenSource Cancellation { get; } = new();

    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>Whether a caller cancelled it, as opposed to the service stopping.</summary>
    public bool CancelRequested { get; set; }

    public Job Now { get; private set; } = job;

    public void Update(Func<Job, Job> change)
    {
        TaskCompletionSource signal;
        lock (_lock)
        {
            Now = change(Now);
            signal = _changed;
            _changed = NewSignal();
        }

        signal.SetResult();
    }

    /// <summary>The current state, and a task that completes when there is a newer one.</summary>
    public (Job Job, Task Changed) Look()
    {
        lock (_lock)
        {
            return (Now, _changed.Task);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
