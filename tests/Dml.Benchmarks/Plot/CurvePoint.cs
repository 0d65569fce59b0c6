namespace Dml.Benchmarks.Plot;

/// <summary>One width of the beam: mean recall, and the median of all repeats' queries a second.</summary>
internal sealed record CurvePoint(int Ef, double Recall, double Rate);
