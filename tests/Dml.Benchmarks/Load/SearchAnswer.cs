namespace Dml.Benchmarks.Load;

/// <summary>The status of a response and the milliseconds that the service reports in Server-Timing.</summary>
internal readonly record struct SearchAnswer(int Status, double DecodeMs, double EmbedMs, double SearchMs);
