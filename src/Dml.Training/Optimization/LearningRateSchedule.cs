namespace Dml.Training.Optimization;

/// <summary>
/// Linear warm-up to 1, then a curve. A pure function of the step and of the figures of the validations so far: a resumed run computes the
/// same rates.
/// </summary>
/// <param name="Steps">Steps of the whole run, at least 1.</param>
/// <param name="WarmupSteps">Steps until the full rate, 0..Steps.</param>
/// <param name="Floor">Share of the full rate at the end, 0..1.</param>
public sealed record LearningRateSchedule(long Steps, long WarmupSteps, double Floor)
{
    /// <summary>What follows the warm-up.</summary>
    public LearningRateCurve Curve { get; init; } = new Cosine();

    /// <summary>Steps of an epoch, at least 1.</summary>
    public long StepsPerEpoch { get; init; } = 1;

    /// <summary>The factor of the learning rate.</summary>
    /// <param name="step">0-based number of the step; steps past the end stay where the curve ends.</param>
    /// <param name="figures">The validation figures so far, oldest first; higher is better.</param>
    public double Factor(long step, IReadOnlyList<double>? figures = null)
    {
        if (step < WarmupSteps)
        {
            return (step + 1.0) / WarmupSteps;
        }

        var done = Math.Min(1, (step - WarmupSteps) / (double)Math.Max(1, Steps - WarmupSteps));
        return Curve.Factor(new(done, step / StepsPerEpoch, figures ?? [], Floor));
    }
}
