namespace Dml.Benchmarks.Load;

/// <summary>An answer's status, and the milliseconds that the service says it spent (Server-Timing).</summary>
internal readonly record struct SearchAnswer(int Status, double DecodeMs, double EmbedMs, double SearchMs);
