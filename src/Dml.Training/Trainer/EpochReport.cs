namespace Dml.Training.Trainer;

/// <summary>One finished epoch, its checkpoint already on the disk.</summary>
/// <param name="Epoch">0-based epoch.</param>
/// <param name="Loss">Mean loss over the epoch's pictures.</param>
/// <param name="LearningRate">The backbone's rate in the last step.</param>
/// <param name="Images">Pictures seen in the epoch.</param>
/// <param name="Timed">Those of them that this process has trained on: fewer where it resumed in the middle of the epoch.</param>
/// <param name="Time">Where the time of the timed ones went, without validation.</param>
public sealed record EpochReport(int Epoch, double Loss, double LearningRate, long Images, long Timed, TimeShares Time)
{
    /// <summary>Training throughput, waiting for data included.</summary>
    public double ImagesPerSecond => Timed / Math.Max(Time.Total.TotalSeconds, 1e-9);
}
