using Dml.Contracts;

namespace Dml.Api.Catalogue;

/// <summary>A row of the generations; <c>Gate</c> is the gate's report as JSON.</summary>
internal sealed record StoredGeneration(
    int Number,
    string Model,
    string Fingerprint,
    int Dimension,
    GenerationState State,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ActivatedAt,
    string? Gate,
    string? Problem,
    RolloutOrder Order);
