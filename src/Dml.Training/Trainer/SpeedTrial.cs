namespace Dml.Training.Trainer;

/// <summary>Some steps with one choice of settings.</summary>
/// <param name="BFloat16">In bfloat16.</param>
/// <param name="ChannelsLast">With pictures in channels-last layout.</param>
/// <param name="Loss">Of the first batch by the fresh network; not a number where it could not be computed.</param>
/// <param name="SecondsPerStep">Median over the timed steps.</param>
public sealed record SpeedTrial(bool BFloat16, bool ChannelsLast, double Loss, double SecondsPerStep);
