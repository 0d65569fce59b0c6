namespace Dml.Api.Search;

/// <summary>A query that is a vector already; it need not have length one.</summary>
internal sealed record VectorQuery(float[]? Vector);
