using System.Text.Json.Nodes;

namespace Dml.Contracts;

/// <summary>An embedder of the models folder.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="Active">Whether the active generation uses it.</param>
/// <param name="Fingerprint">64 hexadecimal digits; null when the embedder cannot be used.</param>
/// <param name="Dimension">Components of its vectors; null when the embedder cannot be used.</param>
/// <param name="InputSize">Side of its input in pixels; null when the embedder cannot be used.</param>
/// <param name="Training">How it was trained, as its manifest says; null when it does not say.</param>
/// <param name="Figures">Its measured quality, as its manifest says; null when it does not say.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
public sealed record ModelResponse(
    string Name,
    bool Active,
    string? Fingerprint,
    int? Dimension,
    int? InputSize,
    JsonObject? Training,
    JsonObject? Figures,
    string? Problem);

/// <summary>One embedder and the index of the items that it embedded.</summary>
/// <param name="Number">Counts from 1.</param>
/// <param name="Model">Name of the embedder.</param>
/// <param name="Fingerprint">Fingerprint of the embedder, 64 hexadecimal digits.</param>
/// <param name="Dimension">Components of its vectors.</param>
/// <param name="State">Its state.</param>
/// <param name="Active">Whether it answers requests.</param>
/// <param name="Vectors">Embeddings of its embedder that are kept.</param>
/// <param name="CreatedAt">When its rollout started.</param>
/// <param name="ActivatedAt">When it last came into service; null when it never did.</param>
/// <param name="Gate">
/// The gate's report; null until the gate is reached, and for the first generation, which had nothing to be compared with.
/// </param>
/// <param name="Problem">Why it did not come into service; null when it did.</param>
public sealed record GenerationResponse(
    int Number,
    string Model,
    string Fingerprint,
    int Dimension,
    GenerationState State,
    bool Active,
    long Vectors,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ActivatedAt,
    GateReport? Gate,
    string? Problem);

/// <summary>The state of a generation.</summary>
public enum GenerationState
{
    /// <summary>Its embedder is embedding the catalogue; a restart resumes it.</summary>
    Building,

    /// <summary>It answers requests.</summary>
    Active,

    /// <summary>It was active before; its vectors are kept or have been deleted.</summary>
    Retired,

    /// <summary>The gate refused it.</summary>
    Refused,

    /// <summary>Its rollout failed or was cancelled.</summary>
    Failed,
}

/// <summary>The gate's report on a generation.</summary>
/// <param name="Passed">Whether every check passed.</param>
/// <param name="MeasuredAt">When the checks ended.</param>
/// <param name="Checks">The checks.</param>
/// <param name="Override">Set when it was activated although it did not pass.</param>
public sealed record GateReport(bool Passed, DateTimeOffset MeasuredAt, IReadOnlyList<GateCheck> Checks, GateOverride? Override = null);

/// <summary>The activation of a generation that the gate refuses.</summary>
/// <param name="By">Name of the API key that asked for it; <c>local</c> on a service without keys.</param>
/// <param name="At">When the rollout was asked for.</param>
public sealed record GateOverride(string By, DateTimeOffset At);

/// <summary>One check of the gate.</summary>
/// <param name="Name">Its name, such as <c>index-recall</c>.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Detail">What was measured and what was required, in a sentence.</param>
/// <param name="Figures">The same as numbers.</param>
/// <param name="Undecided">
/// Whether there was too little to measure; then the rule for that case decided whether it passed, and <paramref name="Detail"/> states it.
/// </param>
public sealed record GateCheck(
    string Name, bool Passed, string Detail, IReadOnlyDictionary<string, double> Figures, bool Undecided = false);
