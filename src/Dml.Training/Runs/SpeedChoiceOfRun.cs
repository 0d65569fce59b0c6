using Dml.Training.Batches;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Reporting;
using Dml.Training.Trainer;

namespace Dml.Training.Runs;

/// <summary>How a run computes. All its epochs alike, however often it is stopped: only its first start chooses.</summary>
internal static class SpeedChoiceOfRun
{
    /// <summary>The options with <c>auto</c> settled: by trial at the first start, by the run's metrics afterwards.</summary>
    public static TrainingOptions Settle(Recipe recipe, RunFolder run, LossShape shape, EmbeddingNetwork network, IBatchSource batches, IDisplay display, CancellationToken cancel)
    {
        if (run.ReadMetrics().FirstOrDefault(m => (string?)m["kind"] == MetricsLine.Speed) is { } line)
        {
            return recipe.Training.With(MetricsLine.SpeedOf(line));
        }

        var choice = SpeedTest.Choose(recipe.Training, Copy, batches, cancel);
        if (choice.Trials.Count > 0)
        {
            run.AppendMetrics(MetricsLine.Of(choice));
            display.Say($"computes in: {choice.Why}");
        }

        return recipe.Training.With(choice);

        (EmbeddingNetwork, EmbeddingLoss) Copy()
        {
            var copy = RecipeNetwork.Copy(recipe, network);
            return (copy, LossCatalogue.Create(recipe.Loss.Name, shape, recipe.Loss.Options, recipe.Training.Seed));
        }
    }
}
