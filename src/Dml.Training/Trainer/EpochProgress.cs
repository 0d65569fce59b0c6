namespace Dml.Training.Trainer;

/// <summary>What is done of an epoch.</summary>
/// <param name="Batches">Batches taken from the source.</param>
/// <param name="Images">Pictures in them.</param>
/// <param name="LossSum">Of every picture its batch's loss.</param>
internal readonly record struct EpochProgress(int Batches, long Images, double LossSum);
