namespace Dml.Training.Optimization;

/// <summary>Where a training stands.</summary>
/// <param name="Done">The part of the steps after the warm-up that is done, 0..1.</param>
/// <param name="Epochs">Whole epochs done.</param>
/// <param name="Figures">The figures of the validations so far, oldest first; higher is better.</param>
/// <param name="Floor">The share of the full rate that is kept at the end.</param>
public sealed record CurvePoint(double Done, long Epochs, IReadOnlyList<double> Figures, double Floor);
