namespace Dml.Contracts;

/// <summary>A generation's map.</summary>
/// <param name="Generation">Number of the generation.</param>
/// <param name="Model">Name of its embedder.</param>
/// <param name="Fingerprint">Fingerprint of its embedder, 64 hexadecimal digits.</param>
/// <param name="Items">Items of the generation; more than there are points when the map shows a sample.</param>
/// <param name="ComputedAt">When it was computed.</param>
/// <param name="Points">All items, or an even sample of them.</param>
public sealed record MapResponse(
    int Generation, string Model, string Fingerprint, long Items, DateTimeOffset ComputedAt, IReadOnlyList<MapPoint> Points);

/// <summary>An item's position on the map; items that look alike to the embedder are close together.</summary>
/// <param name="Id">The item's id.</param>
/// <param name="Label">Its class, or null.</param>
/// <param name="X">0 to 1.</param>
/// <param name="Y">0 to 1.</param>
public sealed record MapPoint(string Id, string? Label, float X, float Y);

/// <summary>A map that is being computed.</summary>
/// <param name="Generation">Number of the generation.</param>
/// <param name="Done">Completed share of the work, 0 to 1.</param>
public sealed record MapProgress(int Generation, double Done);
