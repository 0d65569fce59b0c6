namespace Dml.Api.Map;

/// <summary>How strongly two items are neighbours, above 0 to 1.</summary>
internal readonly record struct NeighborEdge(int One, int Other, float Weight);
