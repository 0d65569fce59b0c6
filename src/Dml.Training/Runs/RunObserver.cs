using System.Diagnostics;
using System.Globalization;
using Dml.Training.Data;
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
    Recipe recipe, RunFolder run, RecipeData data, PixelCache heldOut, FeatureTable? heldOutFeatures, IDisplay display,
    int batchesPerEpoch) : ITrainingObserver
{
    // A running mean of about the last 50 steps.
    private const double Smoothing = 0.02;

    private double _loss = double.NaN;
    private double _secondsPerImage = double.NaN;
    private string _lastFigures = "";
    private PictureWall? _wall;

    public long TotalSteps => (long)recipe.Training.Epochs * recipe.Training.StepsPerEpoch(batchesPerEpoch);

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
        WriteReport(null);
    }

    public void OnValidation(int epoch, EmbeddingNetwork network, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        NetworkWeights.Save(network, run.WeightsPath);
        var vectors = heldOutFeatures is not null
            ? HeldOutEvaluation.Project(network, heldOutFeatures, cancel)
            : HeldOutEvaluation.Embed(
                new NetworkEmbedder(network, recipe.Training.BFloat16 == Toggle.On), heldOut, recipe.Evaluation.BatchSize, null, cancel);
        var figures = data.Measure(vectors, thorough: false, cancel);
        run.AppendMetrics(MetricsLine.Of(epoch, figures, clock.Elapsed));
        _lastFigures = string.Create(CultureInfo.InvariantCulture, $", MAP@R {figures["MAP@R"]:F4}, R@1 {figures["R@1"]:F4}");
        display.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {epoch + 1}/{recipe.Training.Epochs}: loss {_loss:F4}{_lastFigures} on {figures.Classes} held-out classes "
                    + $"({clock.Elapsed.TotalSeconds:F1} s)"));
        var neighbourhoods = Neighbourhood.Draw(vectors, data.HeldOutProtocol, data.Split.HeldOut, recipe.Evaluation.WallQueries);
        QueryFile.Of(figures.Values, data.Split.HeldOut, neighbourhoods).Save(run.QueriesPath);
        WriteReport(PictureWall.Of(neighbourhoods, data.Split.HeldOut, heldOut));
    }

    private void WriteReport(PictureWall? newWall)
    {
        _wall = newWall ?? _wall;
        RunFolder.WriteText(
            run.ReportPath, HtmlReport.Write(Path.GetFileName(Path.GetFullPath(run.Folder)), recipe.ToJson(), run.ReadMetrics(), _wall));
    }

    private static double Smooth(double mean, double value) => double.IsNaN(mean) ? value : mean + Smoothing * (value - mean);
}
