namespace Dml.Training.Trainer;

/// <summary>The finished part of an epoch.</summary>
/// <param name="Batches">Batches taken from the source.</param>
/// <param name="Images">Pictures in them.</param>
/// <param name="LossSum">The sum over pictures of their batch's loss.</param>
internal readonly record struct EpochProgress(int Batches, long Images, double LossSum);
