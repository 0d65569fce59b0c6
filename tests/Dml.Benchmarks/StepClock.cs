using System.Diagnostics;
using Dml.Training.Backbones;
using Dml.Training.Trainer;

namespace Dml.Benchmarks;

/// <summary>Wall time of the steps after the first few.</summary>
internal sealed class StepClock(int warmupSteps) : ITrainingObserver
{
    private long begin;
    private long end;

    public double Seconds => Stopwatch.GetElapsedTime(begin, end).TotalSeconds;

    public void OnStep(StepReport report)
    {
        end = Stopwatch.GetTimestamp();
        if (report.Batch == warmupSteps - 1)
        {
            begin = end;
        }
    }

    public void OnValidation(int epoch, EmbeddingNetwork network, CancellationToken cancel)
    {
    }

    public void OnEpoch(EpochReport report)
    {
    }
}
