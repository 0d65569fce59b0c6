namespace Dml.Training.Optimization;

/// <summary>Linear warm-up to 1, then half a cosine down to a floor. A pure function: a resumed run computes the same rates.</summary>
/// <param name="Steps">Steps of the whole run, at least 1.</param>
/// <param name="WarmupSteps">Steps until the full rate, 0..Steps.</param>
/// <param name="Floor">Share of the full rate at the end, 0..1.</param>
public sealed record LearningRateSchedule(long Steps, long WarmupSteps, double Floor)
{
    /// <summary>The factor of the learning rate.</summary>
    /// <param name="step">0-based number of the step; steps past the end stay on the floor.</param>
    public double Factor(long step)
    {
        if (step < WarmupSteps)
        {
            return (step + 1.0) / WarmupSteps;
        }

        var progress = Math.Min(1, (step - WarmupSteps) / (double)Math.Max(1, Steps - WarmupSteps));
        return Floor + ((1 - Floor) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
    }
}
