using Dml.Training.Backbones;
using Dml.Training.Trainer;

namespace Dml.Benchmarks;

/// <summary>Where the time of the steps after the first few went.</summary>
/// <param name="warmupSteps">Steps that do not count.</param>
/// <param name="processorTime">Images a second of the process's processor time, which other programs on the machine hardly change, instead of time on the wall.</param>
internal sealed class StepClock(int warmupSteps, bool processorTime = false) : ITrainingObserver
{
    private TimeShares time;
    private TimeSpan processorBegin;
    private TimeSpan processorEnd;
    private long images;

    public TrainFigures Figures
    {
        get
        {
            var total = time.Total.TotalSeconds;
            return new(images / (processorTime ? (processorEnd - processorBegin).TotalSeconds : total), time.Data.TotalSeconds / total, time.Forward.TotalSeconds / total, time.Backward.TotalSeconds / total, time.Optimizer.TotalSeconds / total);
        }
    }

    public void OnStep(StepReport report)
    {
        processorEnd = Environment.CpuUsage.TotalTime;
        if (report.Batch == warmupSteps - 1)
        {
            processorBegin = processorEnd;
        }

        if (report.Batch >= warmupSteps)
        {
            time += report.Time;
            images += report.Images;
        }
    }

    public void OnValidation(int epoch, EmbeddingNetwork network, CancellationToken cancel)
    {
    }

    public void OnEpoch(EpochReport report)
    {
    }
}
