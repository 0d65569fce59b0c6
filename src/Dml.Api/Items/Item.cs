using System.Text.Json;
using Dml.Api.Catalogue;

namespace Dml.Api.Items;

/// <summary>An image of the catalogue.</summary>
internal sealed record Item(
    string Id,
    string? Label,
    JsonElement Attributes,
    string ContentType,
    int Width,
    int Height,
    long Bytes,
    string Sha256,
    string ImageUrl,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    public static Item Of(StoredItem item) => new(
        item.Id,
        item.Label,
        JsonElement.Parse(item.Attributes),
        item.ContentType,
        item.Width,
        item.Height,
        item.Bytes,
        item.Sha256,
        $"/items/{item.Id}/image",
        item.CreatedAt,
        item.UpdatedAt);
}
