using Dml.Training.Network;
using Dml.Training.Trainer;

namespace Dml.Training.Tests.Trainer;

internal sealed class Recorder : ITrainingObserver
{
    internal List<StepReport> Steps { get; } = [];

    internal List<EpochReport> Epochs { get; } = [];

    internal List<int> Validations { get; } = [];

    internal Action<StepReport>? AfterStep { get; init; }

    internal Action<EpochReport>? AfterEpoch { get; init; }

    internal Action<EmbeddingNetwork>? AtValidation { get; init; }

    public void OnStep(StepReport report)
    {
        Steps.Add(report);
        AfterStep?.Invoke(report);
    }

    public void OnValidation(int epoch, EmbeddingNetwork network, CancellationToken cancel)
    {
        Validations.Add(epoch);
        AtValidation?.Invoke(network);
    }

    public void OnEpoch(EpochReport report)
    {
        Epochs.Add(report);
        AfterEpoch?.Invoke(report);
    }
}
