namespace Dml.Client;

/// <summary>Milliseconds in decoder, network, and index with catalogue.</summary>
public sealed record SearchCost(double DecodeMs, double EmbedMs, double SearchMs);
