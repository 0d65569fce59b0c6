namespace Dml.Api.Search;

/// <summary>Ranked hits, and which generation found them.</summary>
internal sealed record SearchResponse(int Generation, string Model, string Fingerprint, SearchCost Took, IReadOnlyList<SearchHit> Hits);
