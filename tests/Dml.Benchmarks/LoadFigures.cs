namespace Dml.Benchmarks;

/// <summary>One round of load: throughput, and the milliseconds from request to response that the clients measured.</summary>
internal sealed record LoadFigures(double PicturesPerSecond, double P50, double P99);
