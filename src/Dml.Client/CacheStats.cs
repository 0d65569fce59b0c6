namespace Dml.Client;

/// <summary>Vectors of pictures that may come again: how many and how large, and how many requests they answered or did not.</summary>
public sealed record CacheStats(int Entries, long Bytes, long CapacityBytes, long Hits, long Misses);
