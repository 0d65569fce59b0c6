using System.Text.Json.Nodes;
using Dml.Api.Gate;

namespace Dml.Api.Retrains;

/// <summary>A retrain as its state file holds it.</summary>
internal sealed record RetrainState
{
    public required string Id { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The job that works on it, or did last.</summary>
    public string? JobId { get; init; }

    public RetrainStep Step { get; init; }

    /// <summary>How often its present step was begun.</summary>
    public int Attempts { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Known from the last step but one on.</summary>
    public RetrainOutcome? Outcome { get; init; }

    /// <summary>The outcome in a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>The generation that was active at the snapshot, and its embedder.</summary>
    public int? FromGeneration { get; init; }

    public string? FromModel { get; init; }

    public SnapshotCounts? Counts { get; init; }

    /// <summary>SHA-256 of all that was learnt from.</summary>
    public string? Digest { get; init; }

    /// <summary>What the training process reported, without its pictures.</summary>
    public JsonObject? Training { get; init; }

    /// <summary>The candidate's generation.</summary>
    public int? Generation { get; init; }

    public GateReport? Gate { get; init; }

    /// <summary>The candidate's name in the models folder.</summary>
    public string Model => $"nightly-{Id}";

    public static RetrainState New() => new() { Id = $"{DateTimeOffset.UtcNow:yyyyMMdd-HHmmss-fff}", StartedAt = DateTimeOffset.UtcNow };

    /// <summary>On to the report, with the outcome.</summary>
    public RetrainState With(RetrainOutcome outcome, string message) => this with { Step = RetrainStep.Report, Outcome = outcome, Message = message };
}
