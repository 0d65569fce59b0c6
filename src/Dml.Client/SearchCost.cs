namespace Dml.Client;

/// <summary>Milliseconds in decoder, network, and index with catalogue; the first two are 0 for a picture answered from the cache.</summary>
public sealed record SearchCost(double DecodeMs, double EmbedMs, double SearchMs);
