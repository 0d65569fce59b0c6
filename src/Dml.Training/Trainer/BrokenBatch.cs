using Dml.Training.Batches;

namespace Dml.Training.Trainer;

/// <summary>A batch whose loss was not a number.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Epoch">0-based epoch.</param>
/// <param name="Number">0-based batch of the epoch.</param>
/// <param name="Step">0-based step of the run.</param>
/// <param name="Loss">The loss.</param>
public sealed record BrokenBatch(Batch Batch, int Epoch, int Number, long Step, double Loss);
