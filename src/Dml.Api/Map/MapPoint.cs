namespace Dml.Api.Map;

/// <summary>An item's place on the map, 0 to 1 in each direction; items that look alike to the embedder lie together.</summary>
internal sealed record MapPoint(string Id, string? Label, float X, float Y);
