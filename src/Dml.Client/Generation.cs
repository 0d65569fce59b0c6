namespace Dml.Client;

/// <summary>One embedder and the index of what it has embedded.</summary>
/// <param name="Number">Counts from 1.</param>
/// <param name="Model">Name of the embedder.</param>
/// <param name="Fingerprint">Of the embedder, 64 hexadecimal digits.</param>
/// <param name="Dimension">Length of its vectors.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Active">Whether it is the one that answers.</param>
/// <param name="Vectors">Embeddings of its embedder that are kept.</param>
/// <param name="CreatedAt">When its rollout began.</param>
/// <param name="ActivatedAt">When it came into service last; null when it never did.</param>
/// <param name="Gate">What the gate found; null when there was nothing to compare with, or it has not got there.</param>
/// <param name="Problem">Why it did not come into service.</param>
public sealed record Generation(
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
