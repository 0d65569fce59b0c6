using System.Globalization;
using Dml.Training.Batches;
using Dml.Training.Evaluation;
using Dml.Training.Heads;
using Dml.Training.Losses;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Reporting;
using Dml.Training.Trainer;

namespace Dml.Training.Runs;

/// <summary>One run from recipe to weights, step by step.</summary>
internal static class TrainingRun
{
    public static void Execute(Recipe recipe, RunFolder run, Workplace workplace, IDisplay display, CancellationToken cancel)
    {
        TrainingOptionsCheck.Throw(recipe.Training);
        var data = new RecipeData(recipe, workplace.Root, workplace.Cache);
        using var network = RecipeNetwork.Create(recipe, workplace.Root);
        var shape = data.ShapeOf(network) with { TeacherVectors = TeacherVectors.Of(recipe, data, workplace.Root, display, cancel) };
        using var loss = LossCatalogue.Create(recipe.Loss.Name, shape, recipe.Loss.Options, recipe.Training.Seed);
        TrainingOptionsCheck.Throw(recipe.Training, network, loss);
        var preprocessing = RecipeNetwork.PreprocessingOf(recipe, network);
        display.Begin("decode held-out pictures", data.Split.HeldOut.Count);
        using var heldOut = data.OpenHeldOut(preprocessing, new StageProgress(display), cancel);
        using var validation = data.Split.Validation.Count > 0 ? data.OpenValidation(preprocessing, null, cancel) : null;
        run.AddTrainedLabels(TrainedLabels.Of(recipe, data, workplace.Root, workplace.Root));
        if (recipe.Training.FrozenBackbone)
        {
            using var trainer = new EmbeddingTrainer(network, loss, recipe.Training);
            var features = new RecipeFeatures(recipe, data, network, workplace.Cache, display);
            var batches = features.Training(cancel);
            if (network.Head is VectorHead head && !File.Exists(run.CheckpointPath))
            {
                ClosedForm.Begin(network, Vectors, data.TrainingLabels);
                ClassMeans.Give(loss, head.Dimension, Vectors, data.TrainingLabels);
            }

            var measured = new MeasuredPictures(heldOut, features.HeldOut(cancel));
            var choosing = validation is null ? null : new MeasuredPictures(validation, features.Validation(cancel));
            Train(recipe, run, data, trainer, batches, measured, choosing, display, cancel);

            float[] Vectors() => HeldOutEvaluation.Project(network, features.Unchanged(cancel), cancel);
        }
        else
        {
            display.Begin("decode training pictures", data.Split.Training.Count);
            using var training = data.OpenTraining(preprocessing, new StageProgress(display), cancel);
            var batches = data.Batches(training, preprocessing.InputSize);
            var settled = recipe with { Training = SpeedChoiceOfRun.Settle(recipe, run, shape, network, batches, display, cancel) };
            using var trainer = new EmbeddingTrainer(network, loss, settled.Training);
            var choosing = validation is null ? null : new MeasuredPictures(validation, Features: null);
            Train(settled, run, data, trainer, batches, new(heldOut, Features: null), choosing, display, cancel);
        }
    }

    private static void Train(
        Recipe recipe,
        RunFolder run,
        RecipeData data,
        EmbeddingTrainer trainer,
        IBatchSource batches,
        MeasuredPictures heldOut,
        MeasuredPictures? validation,
        IDisplay display,
        CancellationToken cancel)
    {
        var heldOutClasses = data.Split.HeldOut.Select(p => p.Class).Distinct().Count();
        display.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Split.Training.Count} pictures of {batches.ClassCount} classes to train on, {data.Split.HeldOut.Count} of "
            + $"{heldOutClasses} held out ({data.HeldOutProtocol.Description}){SetAside(data)}; {batches.BatchesPerEpoch} batches an "
            + $"epoch"));
        if (File.Exists(run.CheckpointPath))
        {
            trainer.Resume(run.CheckpointPath);
            display.Say(
                $"continues in epoch {trainer.EpochsDone + 1} of {recipe.Training.Epochs}, after {trainer.BatchesDone} of its "
                + $"{batches.BatchesPerEpoch} batches");
        }

        run.ForgetMetricsAfter(trainer.EpochsDone);
        var observer = new RunObserver(recipe, run, data, heldOut, validation, display, batches.BatchesPerEpoch);
        display.Begin("train", observer.TotalSteps);
        try
        {
            trainer.Run(batches, observer, run.CheckpointPath, cancel);
        }
        catch (TrainingException e) when (e.Broken is { } broken)
        {
            BrokenBatchFile.Write(run.BrokenBatchPath, broken, data.Split.Training);
            throw new TrainingException(
                $"{e.Message} The batch was written to {run.BrokenBatchPath}: pixels, labels and the pictures' ids.", e);
        }
    }

    private static string SetAside(RecipeData data) => data.Split.Validation is { Count: > 0 } pictures
        ? $", {pictures.Count} of {pictures.Select(p => p.Class).Distinct().Count()} set aside to choose the epoch"
        : "";
}
