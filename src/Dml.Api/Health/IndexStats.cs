namespace Dml.Api.Health;

/// <summary>The active index; recall is null until it was measured (<c>RecallQueries</c> items asked for their ten nearest).</summary>
internal sealed record IndexStats(int Vectors, long Bytes, double? RecallAt10, int? RecallQueries, DateTimeOffset? RecallMeasuredAt);
