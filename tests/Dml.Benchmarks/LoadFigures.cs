namespace Dml.Benchmarks;

/// <summary>One round of load: throughput, and the clients' own milliseconds from request to answer.</summary>
internal sealed record LoadFigures(double PicturesPerSecond, double P50, double P99);
