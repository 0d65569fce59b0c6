using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Dml.Training.Evaluation;
using Dml.Training.Network;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Reporting;
using Dml.Training.Trainer;
using Dml.Training.Weights;

namespace Dml.Training.Runs;

/// <summary>Writes the run folder while a network trains, and shows the progress.</summary>
internal sealed class RunObserver(
    Recipe recipe, RunFolder run, RecipeData data, MeasuredPictures heldOut, MeasuredPictures? validation, IDisplay display,
    int batchesPerEpoch) : ITrainingObserver
{
    // A running mean of about the last 50 steps.
    private const double Smoothing = 0.02;

    private readonly EpochChoice _choice = EpochChoice.Of(recipe.Training, run.ReadMetrics());
    private double _loss = double.NaN;
    private double _secondsPerImage = double.NaN;
    private string _lastFigures = "";
    private PictureWall? _wall = KeptWall(run, data, heldOut);

    public long TotalSteps => (long)recipe.Training.Epochs * recipe.Training.StepsPerEpoch(batchesPerEpoch);

    public bool HasEnough => _choice.HasEnough;

    public IReadOnlyList<double> Figures => _choice.Figures;

    public void OnStep(StepReport step)
    {
        _loss = Smooth(_loss, step.Loss);
        _secondsPerImage = Smooth(_secondsPerImage, step.Time.Total.TotalSeconds / step.Images);
        display.Advance(
            step.Step + 1,
            string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {step.Epoch + 1}/{recipe.Training.Epochs}, loss {_loss:F4}, {1 / _secondsPerImage:F1} images/s{_lastFigures}"));
    }

    public void OnEpoch(EpochReport epoch)
    {
        run.AppendMetrics(MetricsLine.Of(epoch));
        WriteReport();
    }

    public void OnValidation(int epoch, EmbeddingNetwork network, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var chosenBy = validation is null
            ? null
            : data.MeasureValidation(validation.Embed(network, recipe, cancel), cancel).ToJson();
        var isKept = _choice.Add(epoch + 1, chosenBy);
        if (isKept)
        {
            NetworkWeights.Save(network, run.WeightsPath);
        }

        var vectors = heldOut.Embed(network, recipe, cancel);
        var figures = data.Measure(vectors, thorough: false, cancel);
        run.AppendMetrics(MetricsLine.Of(epoch, figures, chosenBy, clock.Elapsed));
        _lastFigures = string.Create(CultureInfo.InvariantCulture, $", MAP@R {figures["MAP@R"]:F4}, R@1 {figures["R@1"]:F4}");
        display.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {epoch + 1}/{recipe.Training.Epochs}: loss {_loss:F4}{_lastFigures} on {figures.Classes} held-out classes"
                    + $"{ChosenBy(chosenBy)} ({clock.Elapsed.TotalSeconds:F1} s)"));
        if (HasEnough)
        {
            display.Say($"stops: {recipe.Training.Patience} validations in a row were not better than epoch {_choice.Best}");
        }

        // Figures, queries and pictures of a run are those of the weights that it keeps.
        if (isKept)
        {
            var neighbourhoods = Neighbourhood.Draw(vectors, data.HeldOutProtocol, data.Split.HeldOut, recipe.Evaluation.WallQueries);
            QueryFile.Of(figures.Values, data.Split.HeldOut, neighbourhoods).Save(run.QueriesPath);
            _wall = PictureWall.Of(neighbourhoods, data.Split.HeldOut, heldOut.Pixels);
        }

        WriteReport();
    }

    private string ChosenBy(JsonObject? chosenBy) => chosenBy is null
        ? ""
        : string.Create(
            CultureInfo.InvariantCulture,
            $"; MAP@R {(double)chosenBy[FigureCatalogue.ChoosesEpoch]!:F4} on the validation share, best epoch so far: {_choice.Best}");

    private void WriteReport() =>
        RunFolder.WriteText(
            run.ReportPath,
            HtmlReport.Write(
                Path.GetFileName(Path.GetFullPath(run.Folder)), recipe.ToJson(), run.ReadMetrics(), _wall,
                _choice.Last > 0 ? _choice.ToString() : null));

    // That of an epoch before the run was resumed, which may still be the best at the end.
    private static PictureWall? KeptWall(RunFolder run, RecipeData data, MeasuredPictures heldOut)
    {
        if (!File.Exists(run.QueriesPath))
        {
            return null;
        }

        var known = data.Split.HeldOut.Select(p => p.Id).ToHashSet();
        var rows = QueryFile.Load(run.QueriesPath).Neighbourhoods.Where(n => n.Answers.Append(n.Query).All(known.Contains));
        return PictureWall.Of([.. rows], data.Split.HeldOut, heldOut.Pixels);
    }

    private static double Smooth(double mean, double value) => double.IsNaN(mean) ? value : mean + Smoothing * (value - mean);
}
