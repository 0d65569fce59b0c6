using System.Text.Json.Nodes;

namespace Dml.Api.Jobs;

/// <summary>What a job's work reports to; may be called from any thread, as often as it likes.</summary>
internal sealed class JobProgress(RunningJob job)
{
    public void Report(long done, long? total) => job.Update(now => now with { Done = Math.Max(now.Done, done), Total = total });

    public void Say(string message) => job.Update(now => now with { Message = message });

    public void Result(JsonObject result) => job.Update(now => now with { Result = result });
}
