using System.Text.Json.Nodes;

namespace Dml.Api.Jobs;

/// <summary>A job as it stands at one moment.</summary>
internal sealed record Job
{
    public required string Id { get; init; }

    public required JobKind Kind { get; init; }

    public required JobState State { get; init; }

    /// <summary>Steps done, of <see cref="Total"/>.</summary>
    public long Done { get; init; }

    /// <summary>Steps there are; null while unknown.</summary>
    public long? Total { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What came out; figures of the kind of job.</summary>
    public JsonObject? Result { get; init; }

    public bool HasEnded() => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
}
