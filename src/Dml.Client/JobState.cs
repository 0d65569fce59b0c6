namespace Dml.Client;

/// <summary>Where a job stands; the last three are final.</summary>
public enum JobState
{
    /// <summary>Not begun.</summary>
    Queued,

    /// <summary>Under way.</summary>
    Running,

    /// <summary>Done.</summary>
    Succeeded,

    /// <summary>Ended without success; the message says why.</summary>
    Failed,

    /// <summary>Ended by somebody's wish.</summary>
    Cancelled,
}
