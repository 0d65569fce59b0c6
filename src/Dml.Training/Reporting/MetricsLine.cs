using System.Text.Json.Nodes;
using Dml.Training.Evaluation;
using Dml.Training.Trainer;

namespace Dml.Training.Reporting;

/// <summary>The lines of <c>metrics.jsonl</c>. <c>epoch</c> counts from 1.</summary>
internal static class MetricsLine
{
    public const string Epoch = "epoch";
    public const string Evaluation = "evaluation";

    private static readonly string[] NoFigures = ["kind", "epoch", "seconds", "pictures", "classes", "queries", "loneQueries", "intervals"];

    public static JsonObject Of(EpochReport report) => new()
    {
        ["kind"] = Epoch,
        ["epoch"] = report.Epoch + 1,
        ["loss"] = report.Loss,
        ["learningRate"] = report.LearningRate,
        ["images"] = report.Images,
        ["imagesPerSecond"] = Math.Round(report.ImagesPerSecond, 2),
        ["dataSeconds"] = Math.Round(report.Time.Data.TotalSeconds, 3),
        ["forwardSeconds"] = Math.Round(report.Time.Forward.TotalSeconds, 3),
        ["backwardSeconds"] = Math.Round(report.Time.Backward.TotalSeconds, 3),
        ["optimizerSeconds"] = Math.Round(report.Time.Optimizer.TotalSeconds, 3),
    };

    /// <param name="epoch">0-based epoch that has just ended.</param>
    /// <param name="figures">Measured on the held-out classes.</param>
    /// <param name="elapsed">What measuring took.</param>
    public static JsonObject Of(int epoch, EvaluationFigures figures, TimeSpan elapsed)
    {
        var line = new JsonObject { ["kind"] = Evaluation, ["epoch"] = epoch + 1, ["seconds"] = Math.Round(elapsed.TotalSeconds, 3) };
        foreach (var (name, value) in figures.ToJson())
        {
            line[name] = value!.DeepClone();
        }
        return line;
    }

    /// <summary>The names of the figures of an evaluation's line, in the order of tables.</summary>
    public static string[] FigureNames(JsonObject line) => [.. line.Select(m => m.Key).Where(key => !NoFigures.Contains(key))];
}
