namespace Dml.Api.Jobs;

/// <summary>Where a job stands; the last three are final.</summary>
internal enum JobState
{
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}
