using System.Text.Json;
using Dml.Api.Catalogue;
using Dml.Api.Gate;

namespace Dml.Api.Rollouts;

/// <summary>
/// A row of the history; <c>Vectors</c> counts the embeddings of its embedder that are kept, <c>Gate</c> is null for
/// the first generation, which had nothing to be compared with.
/// </summary>
internal sealed record GenerationResponse(
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
    string? Problem)
{
    public static async ValueTask<GenerationResponse> OfAsync(StoredGeneration row, ICatalogue catalogue, CancellationToken cancel) => new(
        row.Number,
        row.Model,
        row.Fingerprint,
        row.Dimension,
        row.State,
        row.State == GenerationState.Active,
        await catalogue.CountEmbeddingsAsync(row.Fingerprint, cancel),
        row.CreatedAt,
        row.ActivatedAt,
        row.Gate is null ? null : JsonSerializer.Deserialize<GateReport>(row.Gate, JsonSerializerOptions.Web),
        row.Problem);
}
