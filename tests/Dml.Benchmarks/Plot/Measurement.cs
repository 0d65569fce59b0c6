namespace Dml.Benchmarks.Plot;

/// <summary>Repeats of one point: a peer on a data set with one width of the beam.</summary>
internal sealed record Measurement(string Set, string Peer, int Ef, IReadOnlyList<double> Recalls, IReadOnlyList<double> Rates);
