namespace Dml.Api.Map;

/// <summary>A generation's map: all of <c>Items</c> items, or an even sample of them.</summary>
internal sealed record MapResponse(
    int Generation, string Model, string Fingerprint, long Items, DateTimeOffset ComputedAt, IReadOnlyList<MapPoint> Points);
