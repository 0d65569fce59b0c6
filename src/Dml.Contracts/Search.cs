using System.Text.Json;

namespace Dml.Contracts;

/// <summary>The hits of a search and the generation that found them.</summary>
/// <param name="Generation">Number of the generation.</param>
/// <param name="Model">Name of its embedder.</param>
/// <param name="Fingerprint">Fingerprint of its embedder, 64 hexadecimal digits.</param>
/// <param name="Took">Where the time went.</param>
/// <param name="Hits">Best first; at most as many as were asked for.</param>
public sealed record SearchResponse(int Generation, string Model, string Fingerprint, SearchCost Took, IReadOnlyList<SearchHit> Hits);

/// <summary>An item similar to the query.</summary>
/// <param name="Id">The item's id.</param>
/// <param name="Score">The cosine of the two embeddings, -1 to 1.</param>
/// <param name="Label">Its class, or null.</param>
/// <param name="Attributes">A JSON object of strings, numbers and booleans by name.</param>
/// <param name="ImageUrl">Its picture, relative to the service's address.</param>
public sealed record SearchHit(string Id, float Score, string? Label, JsonElement Attributes, string ImageUrl);

/// <summary>Where the time of a search went, in milliseconds.</summary>
/// <param name="DecodeMs">Decoding and resizing; 0 when no picture was decoded or the vector came from the cache.</param>
/// <param name="EmbedMs">The network; 0 in the same cases.</param>
/// <param name="SearchMs">Filter, index and catalogue.</param>
public sealed record SearchCost(double DecodeMs, double EmbedMs, double SearchMs);

/// <summary>A search by vector.</summary>
/// <param name="Vector">As many numbers as the active embedder's dimension; its length need not be one, but not zero.</param>
public sealed record VectorQuery(float[]? Vector);

/// <summary>A picture's embedding.</summary>
/// <param name="Model">Name of the embedder.</param>
/// <param name="Fingerprint">Fingerprint of the embedder, 64 hexadecimal digits.</param>
/// <param name="Dimension">Components of the vector.</param>
/// <param name="Vector">A unit vector.</param>
public sealed record EmbedResponse(string Model, string Fingerprint, int Dimension, float[] Vector);
