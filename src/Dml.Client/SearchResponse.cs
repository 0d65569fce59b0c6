namespace Dml.Client;

/// <summary>Ranked hits, best first, and which generation of which embedder found them.</summary>
/// <param name="Generation">Number of the generation that answered.</param>
/// <param name="Model">Name of its embedder.</param>
/// <param name="Fingerprint">Fingerprint of its embedder, 64 hexadecimal digits.</param>
/// <param name="Took">Where the time went.</param>
/// <param name="Hits">At most as many as were asked for.</param>
public sealed record SearchResponse(int Generation, string Model, string Fingerprint, SearchCost Took, IReadOnlyList<SearchHit> Hits);
