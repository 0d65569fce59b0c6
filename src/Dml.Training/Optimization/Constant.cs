namespace Dml.Training.Optimization;

/// <summary>The full rate to the end.</summary>
internal sealed class Constant : LearningRateCurve
{
    public sealed record Options;

    public override double Factor(CurvePoint at) => 1;
}
