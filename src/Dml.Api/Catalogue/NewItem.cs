namespace Dml.Api.Catalogue;

/// <summary>An item to be added or to replace the one with its id; <c>Attributes</c> is canonical JSON, the
/// active embedder's vector is among <c>Embeddings</c>.</summary>
internal sealed record NewItem(
    string Id,
    string ContentType,
    int Width,
    int Height,
    string? Label,
    string Attributes,
    IReadOnlyList<EmbeddedVector> Embeddings);
