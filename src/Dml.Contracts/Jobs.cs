using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dml.Contracts;

/// <summary>A background job at one moment.</summary>
public sealed record Job
{
    /// <summary>Its id; ids of later jobs sort later.</summary>
    public required string Id { get; init; }

    /// <summary>What it does.</summary>
    public required JobKind Kind { get; init; }

    /// <summary>Its state.</summary>
    public required JobState State { get; init; }

    /// <summary>Completed steps of <see cref="Total"/>.</summary>
    public long Done { get; init; }

    /// <summary>Number of steps; null while unknown.</summary>
    public long? Total { get; init; }

    /// <summary>What it is doing, or why it failed.</summary>
    public string? Message { get; init; }

    /// <summary>When it started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null until then.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Figures that depend on <see cref="Kind"/>; null until there are any.</summary>
    public JsonObject? Result { get; init; }

    /// <summary>Whether the state is final.</summary>
    [JsonIgnore]
    public bool HasEnded => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
}

/// <summary>What a job does.</summary>
public enum JobKind
{
    /// <summary>Adds pictures to the catalogue.</summary>
    Import,

    /// <summary>Brings an embedder into service.</summary>
    Rollout,

    /// <summary>Trains a new embedder on the catalogue.</summary>
    Retrain,

    /// <summary>Writes a backup of the catalogue.</summary>
    Backup,
}

/// <summary>The state of a job; the last three are final.</summary>
public enum JobState
{
    /// <summary>Not started yet.</summary>
    Queued,

    /// <summary>In progress.</summary>
    Running,

    /// <summary>Completed.</summary>
    Succeeded,

    /// <summary>Ended without success; the message says why.</summary>
    Failed,

    /// <summary>Cancelled by a caller.</summary>
    Cancelled,
}
