namespace Dml.Benchmarks.Plot;

/// <summary>One beam width: mean recall and the median of the queries per second over all repeats.</summary>
internal sealed record CurvePoint(int Ef, double Recall, double Rate);
