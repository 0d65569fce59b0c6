using System.Text.Json;

namespace Dml.Contracts;

/// <summary>An image of the catalogue.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Label">Its class, or null.</param>
/// <param name="Attributes">A JSON object of strings, numbers and booleans by name.</param>
/// <param name="ContentType">Media type of the picture.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Bytes">Size of the picture.</param>
/// <param name="Sha256">Hash of the picture, 64 hexadecimal digits.</param>
/// <param name="ImageUrl">The picture, relative to the service's address.</param>
/// <param name="CreatedAt">When the item was added.</param>
/// <param name="UpdatedAt">When its picture, label or attributes last changed.</param>
/// <param name="Version">Every change of the item renews it; its ETag, without the quotes.</param>
public sealed record Item(
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
    DateTimeOffset UpdatedAt,
    string Version);

/// <summary>A label of the catalogue.</summary>
/// <param name="Label">The label.</param>
/// <param name="Items">How many items have it.</param>
public sealed record LabelCount(string Label, long Items);

/// <summary>One page of the labels.</summary>
/// <param name="Labels">In the order of the alphabet, whatever their case.</param>
/// <param name="NextCursor">Where the next page starts; null on the last page.</param>
public sealed record LabelPage(IReadOnlyList<LabelCount> Labels, string? NextCursor);

/// <summary>One page of a list of items.</summary>
/// <param name="Items">In the order in which they were added.</param>
/// <param name="NextCursor">Where the next page starts; null on the last page.</param>
public sealed record ItemPage(IReadOnlyList<Item> Items, string? NextCursor);
