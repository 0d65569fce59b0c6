using System.Globalization;
using Dml.Embedding;
using Dml.Training.Data;
using Dml.Training.Losses;
using Dml.Training.Recipes;
using Dml.Training.Reporting;
using Dml.Training.Trainer;

namespace Dml.Training.Commands;

/// <summary>One run from recipe to weights, in the order of things.</summary>
internal static class TrainingRun
{
    public static void Execute(Recipe recipe, RunFolder run, Workplace workplace, IDisplay display, CancellationToken cancel)
    {
        var data = new RecipeData(recipe, workplace.Root, workplace.Cache);
        using var network = RecipeNetwork.Create(recipe, workplace.Root);
        var preprocessing = RecipeNetwork.PreprocessingOf(recipe, network);
        var shape = data.ShapeOf(network) with { TeacherVectors = TeacherVectors.Of(recipe, data, workplace.Root, display, cancel) };
        using var loss = LossCatalogue.Create(recipe.Loss.Name, shape, recipe.Loss.Options, recipe.Training.Seed);
        using var trainer = new EmbeddingTrainer(network, loss, recipe.Training);

        display.Begin("decode held-out pictures", data.Split.HeldOut.Count);
        using var heldOut = data.OpenHeldOut(preprocessing, new StageProgress(display), cancel);
        var features = recipe.Training.FrozenBackbone ? new RecipeFeatures(recipe, data, network, workplace.Cache, display) : null;
        using var training = features is null ? OpenTraining(data, preprocessing, display, cancel) : null;
        IBatchSource batches = features is null ? data.Batches(training!, preprocessing.InputSize) : features.Training(cancel);
        var heldOutClasses = data.Split.HeldOut.Select(p => p.Class).Distinct().Count();
        display.Say(string.Create(CultureInfo.InvariantCulture, $"{data.Split.Training.Count} pictures of {batches.ClassCount} classes to train on, {data.Split.HeldOut.Count} of {heldOutClasses} held out ({data.HeldOutProtocol.Description}); {batches.BatchesPerEpoch} batches an epoch"));

        if (File.Exists(run.CheckpointPath))
        {
            trainer.Resume(run.CheckpointPath);
            display.Say($"goes on after epoch {trainer.EpochsDone} of {recipe.Training.Epochs}");
        }
        run.ForgetMetricsAfter(trainer.EpochsDone);
        var observer = new RunObserver(recipe, run, data, heldOut, features?.HeldOut(cancel), display, batches.BatchesPerEpoch);
        display.Begin("train", observer.TotalSteps);
        trainer.Run(batches, observer, run.CheckpointPath, cancel);
    }

    private static PixelCache OpenTraining(RecipeData data, Preprocessing preprocessing, IDisplay display, CancellationToken cancel)
    {
        display.Begin("decode training pictures", data.Split.Training.Count);
        return data.OpenTraining(preprocessing, new StageProgress(display), cancel);
    }
}
