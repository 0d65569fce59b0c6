namespace Dml.Api.Models;

/// <summary>A row of the history; <c>Vectors</c> counts the embeddings of its embedder that are kept.</summary>
internal sealed record GenerationResponse(
    int Number, string Model, string Fingerprint, int Dimension, bool Active, long Vectors, DateTimeOffset CreatedAt);
