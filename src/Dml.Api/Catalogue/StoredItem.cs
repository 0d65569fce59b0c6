namespace Dml.Api.Catalogue;

/// <summary>An item's row. <c>Key</c> is never reused; a replaced item keeps its key.</summary>
internal sealed record StoredItem(
    long Key,
    string Id,
    string Sha256,
    string ContentType,
    int Width,
    int Height,
    long Bytes,
    string? Label,
    string Attributes,
    long Sequence,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);
