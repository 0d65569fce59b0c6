namespace Dml.Training.Trainer;

/// <summary>One step of training.</summary>
/// <param name="Epoch">0-based epoch.</param>
/// <param name="Batch">0-based batch of the epoch; the first of several where gradients are accumulated.</param>
/// <param name="Step">0-based step of the run.</param>
/// <param name="Loss">The batch's loss; the mean of several.</param>
/// <param name="LearningRate">The backbone's rate in this step.</param>
/// <param name="Images">Pictures of the batch or batches.</param>
/// <param name="Time">Where the step's time went.</param>
public sealed record StepReport(int Epoch, int Batch, long Step, double Loss, double LearningRate, int Images, TimeShares Time);
