namespace Dml.Client;

/// <summary>The active index; recall is null until it was measured.</summary>
public sealed record IndexStats(int Vectors, long Bytes, double? RecallAt10, int? RecallQueries, DateTimeOffset? RecallMeasuredAt);
