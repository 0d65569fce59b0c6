using System.Text.Json;

namespace Dml.Client;

/// <summary>An image of the catalogue.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Label">Its class, or null.</param>
/// <param name="Attributes">Strings, numbers and booleans by name.</param>
/// <param name="ContentType">Of the picture as it was sent.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Bytes">Size of the picture.</param>
/// <param name="Sha256">Of the picture, 64 hexadecimal digits.</param>
/// <param name="ImageUrl">The picture, relative to the service's address.</param>
/// <param name="CreatedAt">When the item was added.</param>
/// <param name="UpdatedAt">When anything of it was changed last.</param>
public sealed record Item(
    string Id,
    string? Label,
    IReadOnlyDictionary<string, JsonElement> Attributes,
    string ContentType,
    int Width,
    int Height,
    long Bytes,
    string Sha256,
    string ImageUrl,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);
