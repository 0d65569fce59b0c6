using System.Text.Json.Nodes;

namespace Dml.Client;

/// <summary>A retrain: from the catalogue to a candidate behind the gate.</summary>
/// <param name="Id">Its id.</param>
/// <param name="JobId">The job that works on it, or did last.</param>
/// <param name="Step">What it is at.</param>
/// <param name="Outcome">How it ended; null while unknown.</param>
/// <param name="Message">The outcome in a sentence.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended; null while it has not.</param>
/// <param name="FromGeneration">The generation that it goes on from.</param>
/// <param name="FromModel">That generation's embedder.</param>
/// <param name="Learnt">What it learns from; null before the snapshot.</param>
/// <param name="Continued">Whether training went on from the active embedder's weights; null before training.</param>
/// <param name="Figures"><c>before</c> and <c>after</c> on the held-out labels, with 95 % intervals; null before training.</param>
/// <param name="Model">The candidate's name; null before training.</param>
/// <param name="Generation">The candidate's generation; null before its rollout.</param>
/// <param name="Gate">What the gate found; null before.</param>
/// <param name="Report">Address of its page; null until it has ended.</param>
public sealed record Retrain(
    string Id,
    string? JobId,
    RetrainStep Step,
    RetrainOutcome? Outcome,
    string? Message,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    int? FromGeneration,
    string? FromModel,
    SnapshotCounts? Learnt,
    bool? Continued,
    JsonObject? Figures,
    string? Model,
    int? Generation,
    GateReport? Gate,
    string? Report);
