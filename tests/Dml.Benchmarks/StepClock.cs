using Dml.Training.Network;
using Dml.Training.Trainer;

namespace Dml.Benchmarks;

/// <summary>How the time of the steps after the warm-up is spent.</summary>
/// <param name="warmupSteps">Number of steps that are not counted.</param>
/// <param name="processorTime">Measure images per second of the process's CPU time, which other programs hardly affect, instead of wall
/// time.</param>
internal sealed class StepClock(int warmupSteps, bool processorTime = false) : ITrainingObserver
{
    private TimeShares _time;
    private TimeSpan _processorBegin;
    private TimeSpan _processorEnd;
    private long _images;

    public TrainFigures Figures
    {
        get
        {
            var total = _time.Total.TotalSeconds;
            return new(_images / (processorTime ? (_processorEnd - _processorBegin).TotalSeconds : total), _time.Data.TotalSeconds / total,
                _time.Forward.TotalSeconds / total, _time.Backward.TotalSeconds / total, _time.Optimizer.TotalSeconds / total);
        }
    }

    public void OnStep(StepReport report)
    {
        _processorEnd = Environment.CpuUsage.TotalTime;
        if (report.Batch == warmupSteps - 1)
        {
            _processorBegin = _processorEnd;
        }

        if (report.Batch >= warmupSteps)
        {
            _time += report.Time;
            _images += report.Images;
        }
    }

    public void OnValidation(int epoch, EmbeddingNetwork network, CancellationToken cancel)
    {
    }

    public void OnEpoch(EpochReport report)
    {
    }
}
