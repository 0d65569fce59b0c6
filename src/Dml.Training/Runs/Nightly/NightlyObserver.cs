using System.Diagnostics;
using System.Globalization;
using Dml.Training.Evaluation;
using Dml.Training.Network;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Reporting;
using Dml.Training.Trainer;
using Dml.Training.Weights;

namespace Dml.Training.Runs.Nightly;

/// <summary>
/// Hands the trainer's steps on to a display. Only a recipe that sets a validation share aside is measured on the way; the candidate is
/// measured on the held-out labels as it is exported.
/// </summary>
internal sealed class NightlyObserver : ITrainingObserver
{
    private readonly Recipe _recipe;
    private readonly RunFolder _run;
    private readonly RecipeData _data;
    private readonly MeasuredPictures? _validation;
    private readonly IDisplay _display;
    private readonly EpochChoice _choice;

    public NightlyObserver(
        Recipe recipe, RunFolder run, RecipeData data, MeasuredPictures? validation, int batchesPerEpoch, IDisplay display)
    {
        (_recipe, _run, _data, _validation, _display) = (recipe, run, data, validation, display);
        _choice = EpochChoice.Of(recipe.Training, run.ReadMetrics());
        display.Begin("train", (long)recipe.Training.Epochs * batchesPerEpoch);
    }

    /// <summary>Training pictures seen, those of pairs among them.</summary>
    public long Images { get; private set; }

    public bool HasEnough => _choice.HasEnough;

    public IReadOnlyList<double> Figures => _choice.Figures;

    public void OnStep(StepReport step)
    {
        Images += step.Images;
        _display.Advance(
            step.Step + 1,
            string.Create(CultureInfo.InvariantCulture, $"epoch {step.Epoch + 1} of {_recipe.Training.Epochs}, loss {step.Loss:F3}"));
    }

    public void OnEpoch(EpochReport report) =>
        _display.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {report.Epoch + 1} of {_recipe.Training.Epochs}: loss {report.Loss:F4}, {report.ImagesPerSecond:F0} pictures a "
                    + $"second"));

    public void OnValidation(int epoch, EmbeddingNetwork network, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var figures = _validation is null
            ? null
            : _data.MeasureValidation(_validation.Embed(network, _recipe, cancel), cancel).ToJson();
        if (_choice.Add(epoch + 1, figures))
        {
            NetworkWeights.Save(network, _run.WeightsPath);
        }

        _run.AppendMetrics(MetricsLine.Of(epoch, figures: null, figures, clock.Elapsed));
        if (figures is not null)
        {
            _display.Say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"epoch {epoch + 1} of {_recipe.Training.Epochs}: {FigureCatalogue.ChoosesEpoch} "
                        + $"{(double)figures[FigureCatalogue.ChoosesEpoch]!:F4} on the validation share, best epoch so far: "
                        + $"{_choice.Best}"));
        }
    }
}
