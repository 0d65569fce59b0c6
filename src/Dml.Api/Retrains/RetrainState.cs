using System.Text.Json.Nodes;
using Dml.Contracts;
using Dml.Files;

namespace Dml.Api.Retrains;

/// <summary>The state of a retrain, as stored in its state file.</summary>
internal sealed record RetrainState
{
    public required string Id { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The job that runs it, or ran it last.</summary>
    public string? JobId { get; init; }

    public RetrainStep Step { get; init; }

    /// <summary>How often the current step has been started.</summary>
    public int Attempts { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Set from the step Report on.</summary>
    public RetrainOutcome? Outcome { get; init; }

    /// <summary>The outcome in a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>The generation that was active at the snapshot, and its embedder.</summary>
    public int? FromGeneration { get; init; }

    public string? FromModel { get; init; }

    public SnapshotCounts? Counts { get; init; }

    /// <summary>SHA-256 of everything that it learns from.</summary>
    public string? Digest { get; init; }

    /// <summary>The training process's results, without the pictures.</summary>
    public JsonObject? Training { get; init; }

    /// <summary>The candidate's generation.</summary>
    public int? Generation { get; init; }

    public GateReport? Gate { get; init; }

    /// <summary>The candidate's name in the models folder.</summary>
    public string Model => $"nightly-{Id}";

    /// <summary>A retrain that begins now. Its id comes after all others, because the oldest are forgotten.</summary>
    public static RetrainState New(DateTimeOffset now, IEnumerable<string> others) =>
        new() { Id = TimeName.Next(now, others), StartedAt = now };

    /// <summary>Sets the outcome and proceeds to the report.</summary>
    public RetrainState With(RetrainOutcome outcome, string message) =>
        this with
        {
            Step = RetrainStep.Report,
            Outcome = outcome,
            Message = message,
        };
}
