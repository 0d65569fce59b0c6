using System.Text.Json;

namespace Dml.Client;

/// <summary>An item like the query.</summary>
/// <param name="Id">The item's id.</param>
/// <param name="Score">The cosine of the two embeddings, -1 to 1.</param>
/// <param name="Label">Its class, or null.</param>
/// <param name="Attributes">Strings, numbers and booleans by name.</param>
/// <param name="ImageUrl">Its picture, relative to the service's address.</param>
public sealed record SearchHit(string Id, float Score, string? Label, IReadOnlyDictionary<string, JsonElement> Attributes, string ImageUrl);
