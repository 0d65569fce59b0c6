using System.Text.Json.Nodes;

namespace Dml.Client;

/// <summary>Long work that goes on behind the requests.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What it does.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Done">Steps done.</param>
/// <param name="Total">Steps there are; null while unknown.</param>
/// <param name="Message">What it is about, or why it failed.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended; null while it has not.</param>
/// <param name="Result">Figures of its kind.</param>
public sealed record Job(
    string Id,
    JobKind Kind,
    JobState State,
    long Done,
    long? Total,
    string? Message,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    JsonObject? Result)
{
    /// <summary>Whether its state is final.</summary>
    public bool HasEnded => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
}
