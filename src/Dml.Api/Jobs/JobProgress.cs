namespace Dml.Api.Jobs;

/// <summary>What a job's work reports to; may be called from any thread, as often as it likes.</summary>
internal sealed class JobProgress(RunningJob job)
{
    public string JobId => job.Now.Id;

    /// <summary>Whether somebody cancelled the job; false when the service itself is stopping.</summary>
    public bool CancelRequested => job.CancelRequested;

    public void Report(long done, long? total) => job.Update(now => now with { Done = Math.Max(now.Done, done), Total = total });

    public void Say(string message) => job.Update(now => now with { Message = message });
}
