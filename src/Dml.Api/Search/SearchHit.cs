using System.Text.Json;

namespace Dml.Api.Search;

/// <summary>An item like the query; the score is the cosine, -1 to 1.</summary>
internal sealed record SearchHit(string Id, float Score, string? Label, JsonElement Attributes, string ImageUrl);
