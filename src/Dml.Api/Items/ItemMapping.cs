using System.Text.Json;
using Dml.Api.Catalogue;
using Dml.Contracts;

namespace Dml.Api.Items;

/// <summary>Turns a stored item into the item of the contract.</summary>
internal static class ItemMapping
{
    public static Item ToItem(this StoredItem item) => new(
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
        item.UpdatedAt,
        ItemCondition.VersionOf(item));
}
