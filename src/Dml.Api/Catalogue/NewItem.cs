namespace Dml.Api.Catalogue;

/// <summary>An item to add, or to replace the one with the same id. <c>Attributes</c> is canonical JSON; <c>Embeddings</c> must
/// contain the active embedder's vector.</summary>
internal sealed record NewItem(
    string Id,
    string ContentType,
    int Width,
    int Height,
    string? Label,
    string Attributes,
    IReadOnlyList<EmbeddedVector> Embeddings)
{
    /// <summary>The key that puts it; null without keys.</summary>
    public ItemOwner? Owner { get; init; }
}
