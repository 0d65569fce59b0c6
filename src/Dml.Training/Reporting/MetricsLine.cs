using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Evaluation;
using Dml.Training.Trainer;

namespace Dml.Training.Reporting;

/// <summary>The lines of <c>metrics.jsonl</c>. <c>epoch</c> counts from 1.</summary>
internal static class MetricsLine
{
    public const string Epoch = "epoch";
    public const string Evaluation = "evaluation";

    /// <summary>The member of an evaluation's line that holds the figures of the validation share, where there is one.</summary>
    public const string Validation = "validation";

    /// <summary>The one line, of epoch 0, that says with which settings the run computes.</summary>
    public const string Speed = "speed";

    private static readonly string[] NoFigures =
        ["kind", "epoch", "seconds", "pictures", "classes", "queries", "loneQueries", "intervals", Validation];

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
    /// <param name="figures">Measured on the held-out classes; null where they are not measured on the way.</param>
    /// <param name="validation">Measured on the validation share; null where there is none.</param>
    /// <param name="elapsed">The time of the measurement.</param>
    public static JsonObject Of(int epoch, EvaluationFigures? figures, JsonObject? validation, TimeSpan elapsed)
    {
        var line = new JsonObject { ["kind"] = Evaluation, ["epoch"] = epoch + 1, ["seconds"] = Math.Round(elapsed.TotalSeconds, 3) };
        foreach (var (name, value) in figures?.ToJson() ?? [])
        {
            line[name] = value!.DeepClone();
        }

        if (validation is not null)
        {
            line[Validation] = validation.DeepClone();
        }

        return line;
    }

    public static JsonObject Of(SpeedChoice choice) => new()
    {
        ["kind"] = Speed,
        ["epoch"] = 0,
        ["bFloat16"] = choice.BFloat16,
        ["channelsLast"] = choice.ChannelsLast,
        ["why"] = choice.Why,
        ["trials"] = new JsonArray([.. choice.Trials.Select(t => MethodOptions.Write(t))]),
    };

    /// <summary>The choice of such a line.</summary>
    public static SpeedChoice SpeedOf(JsonObject line) =>
        new((bool)line["bFloat16"]!, (bool)line["channelsLast"]!, (string)line["why"]!, []);

    /// <summary>The names of the figures of an evaluation's line, in the order of tables.</summary>
    public static string[] FigureNames(JsonObject line) => [.. line.Select(m => m.Key).Where(key => !NoFigures.Contains(key))];
}
