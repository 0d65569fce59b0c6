namespace Dml.Embedding;

/// <summary>The state of an <see cref="EmbeddingCache"/> at one moment.</summary>
/// <param name="Entries">Number of vectors.</param>
/// <param name="Bytes">Memory that they take.</param>
/// <param name="CapacityBytes">Most memory that they may take.</param>
/// <param name="Hits">Requests that were answered from the cache.</param>
/// <param name="Misses">Requests whose picture was not in the cache.</param>
public sealed record EmbeddingCacheFigures(int Entries, long Bytes, long CapacityBytes, long Hits, long Misses);
