using System.Globalization;
using Dml.Training.Network;
using Dml.Training.Progress;
using Dml.Training.Trainer;

namespace Dml.Training.Runs.Nightly;

/// <summary>
/// Hands the trainer's steps on to a display. Nothing is validated on the way: the candidate is measured as it is exported.
/// </summary>
internal sealed class NightlyObserver : ITrainingObserver
{
    private readonly IDisplay _display;
    private readonly int _epochs;

    public NightlyObserver(int epochs, int batchesPerEpoch, IDisplay display)
    {
        (_epochs, _display) = (epochs, display);
        display.Begin("train", (long)epochs * batchesPerEpoch);
    }

    /// <summary>Training pictures seen, those of pairs among them.</summary>
    public long Images { get; private set; }

    public void OnStep(StepReport step)
    {
        Images += step.Images;
        _display.Advance(
            step.Step + 1, string.Create(CultureInfo.InvariantCulture, $"epoch {step.Epoch + 1} of {_epochs}, loss {step.Loss:F3}"));
    }

    public void OnEpoch(EpochReport report) =>
        _display.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {report.Epoch + 1} of {_epochs}: loss {report.Loss:F4}, {report.ImagesPerSecond:F0} pictures a second"));

    public void OnValidation(int epoch, EmbeddingNetwork network, CancellationToken cancel)
    {
    }
}
