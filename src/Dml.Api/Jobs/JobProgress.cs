namespace Dml.Api.Jobs;

/// <summary>Reports the progress of a job. Safe to call from any thread, at any rate.</summary>
internal sealed class JobProgress(RunningJob job)
{
    public string JobId => job.Now.Id;

    /// <summary>Whether a caller cancelled the job; false when the service is stopping.</summary>
    public bool CancelRequested => job.CancelRequested;

    public void Report(long done, long? total) => job.Update(now => now with { Done = Math.Max(now.Done, done), Total = total });

    public void Say(string message) => job.Update(now => now with { Message = message });
}
