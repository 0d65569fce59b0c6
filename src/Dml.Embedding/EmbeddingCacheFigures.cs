namespace Dml.Embedding;

/// <summary>An <see cref="EmbeddingCache"/> at one moment.</summary>
/// <param name="Entries">Vectors that it holds.</param>
/// <param name="Bytes">Memory that they take.</param>
/// <param name="CapacityBytes">The most that they may take.</param>
/// <param name="Hits">Requests that were answered from it.</param>
/// <param name="Misses">Requests whose picture it did not know.</param>
public sealed record EmbeddingCacheFigures(int Entries, long Bytes, long CapacityBytes, long Hits, long Misses);
