using Dml.Training.Batches;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Reporting;
using Dml.Training.Torch;
using Dml.Training.Trainer;

namespace Dml.Training.Runs;

/// <summary>
/// The precision and layout of a run. Only its first start chooses, so that all epochs compute alike however often it is stopped.
/// </summary>
internal static class SpeedChoiceOfRun
{
    /// <summary>The options with <c>auto</c> settled: by trial at the first start, from the run's metrics afterwards.</summary>
    public static TrainingOptions Settle(
        Recipe recipe,
        RunFolder run,
        LossShape shape,
        EmbeddingNetwork network,
        IBatchSource batches,
        IDisplay display,
        CancellationToken cancel)
    {
        var options = recipe.Training;
        if (run.ReadMetrics().FirstOrDefault(m => (string?)m["kind"] == MetricsLine.Speed) is { } line)
        {
            return options.With(MetricsLine.SpeedOf(line));
        }

        if (options.BFloat16 != Toggle.Auto && options.ChannelsLast != Toggle.Auto)
        {
            return options;
        }

        var choice = SpeedTest.Choose(options, Precision.HasBFloat16, Copy, batches, cancel);
        run.AppendMetrics(MetricsLine.Of(choice));
        display.Say($"computes in: {choice.Why}");
        return options.With(choice);

        (EmbeddingNetwork, EmbeddingLoss) Copy()
        {
            var copy = RecipeNetwork.Copy(recipe, network);
            return (copy, LossCatalogue.Create(recipe.Loss.Name, shape, recipe.Loss.Options, options.Seed));
        }
    }
}
