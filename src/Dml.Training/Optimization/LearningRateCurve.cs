namespace Dml.Training.Optimization;

/// <summary>The learning rate after the warm-up.</summary>
public abstract class LearningRateCurve
{
    /// <summary>Whether the curve follows the figures of a validation share.</summary>
    public virtual bool NeedsFigures => false;

    /// <summary>The share of the full rate.</summary>
    public abstract double Factor(CurvePoint at);
}
