namespace Dml.Benchmarks.Plot;

/// <summary>The repeats of one point: a peer on a data set with one beam width.</summary>
internal sealed record Measurement(string Set, string Peer, int Ef, IReadOnlyList<double> Recalls, IReadOnlyList<double> Rates);
