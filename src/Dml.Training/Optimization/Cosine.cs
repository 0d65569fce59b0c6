namespace Dml.Training.Optimization;

/// <summary>Half a cosine down to the floor: I. Loshchilov, F. Hutter, "SGDR", ICLR 2017, arXiv 1608.03983, without restarts.</summary>
internal sealed class Cosine : LearningRateCurve
{
    public sealed record Options;

    public override double Factor(CurvePoint at) => at.Floor + ((1 - at.Floor) * 0.5 * (1 + Math.Cos(Math.PI * at.Done)));
}
