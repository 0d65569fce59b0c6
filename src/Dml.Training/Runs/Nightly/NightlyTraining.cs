using System.Globalization;
using Dml.Training.Augmentation;
using Dml.Training.Batches;
using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Evaluation;
using Dml.Training.Feedback;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Progress;
using Dml.Training.Recipes;
using Dml.Training.Trainer;
using Dml.Training.Weights;

namespace Dml.Training.Runs.Nightly;

/// <summary>
/// Trains the network of a starting point on a snapshot's training pictures and pairs; resumes after the last complete epoch. Afterwards
/// the network has the weights of the epoch that is kept.
/// </summary>
internal static class NightlyTraining
{
    /// <returns>Pictures seen in this process.</returns>
    public static long Run(
        StartingPoint start, RecipeData data, FeedbackPairs pairs, RunFolder run, Workplace workplace, IDisplay display,
        CancellationToken cancel)
    {
        var (network, recipe) = (start.Network, start.Recipe);
        var preprocessing = RecipeNetwork.PreprocessingOf(recipe, network);
        var features = recipe.Training.FrozenBackbone ? new RecipeFeatures(recipe, data, network, workplace.Cache, display) : null;
        using var training = features is null ? OpenTraining(data, preprocessing, display, cancel) : null;
        using var validation = data.Split.Validation.Count > 0 ? data.OpenValidation(preprocessing, null, cancel) : null;
        IBatchSource batches = features is null ? data.Batches(training!, preprocessing.InputSize) : features.Training(cancel);
        display.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{data.Split.Training.Count} pictures of {batches.ClassCount} labels and {pairs.IsRight.Count} pairs to train on; "
                    + $"{batches.BatchesPerEpoch} batches an epoch"));

        var shape = data.ShapeOf(network);
        if (features is null)
        {
            recipe = recipe with { Training = SpeedChoiceOfRun.Settle(recipe, run, shape, network, batches, display, cancel) };
        }

        var inner = LossCatalogue.Create(recipe.Loss.Name, shape, recipe.Loss.Options, recipe.Training.Seed);
        var isResumed = File.Exists(run.CheckpointPath);
        if (start.IsContinued && !isResumed && ClassMeans.Proxies(inner, network.Dimension) is { Count: > 0 } proxies)
        {
            network.SetTraining(false);
            var vectors = features is null
                ? EmbedTraining(network, recipe, data, preprocessing, display, cancel)
                : HeldOutEvaluation.Project(network, features.Unchanged(cancel), cancel);
            ClassMeans.Give(proxies, vectors, data.TrainingLabels);
        }

        var options = FeedbackLoss.Options.For(pairs.IsRight.Count, batches.BatchesPerEpoch);
        using var pairPictures = pairs.IsRight.Count > 0 && training is not null
            ? OpenPairs(pairs, training.Side, preprocessing, workplace.Cache, cancel)
            : null;
        using var loss = pairs.IsRight.Count > 0 ? new FeedbackLoss(inner, options) : inner;
        var source = batches;
        if (pairs.IsRight.Count > 0)
        {
            var sampler = new PairSampler(pairs.IsRight.Count, options.Pairs, batches.BatchesPerEpoch, recipe.Training.Seed);
            int[] verdicts = [.. pairs.IsRight.SelectMany(right => new[] { right ? 1 : 0, right ? 1 : 0 })];
            source = new FeedbackBatches(
                batches,
                features is null
                    ? Batches(pairPictures!, verdicts, sampler, recipe, preprocessing.InputSize)
                    : new FeatureBatches([features.Feedback(pairs, cancel)], verdicts, sampler, preprocessing.InputSize));
        }

        using var trainer = new EmbeddingTrainer(network, loss, recipe.Training);
        if (isResumed)
        {
            trainer.Resume(run.CheckpointPath);
            display.Say($"continues after epoch {trainer.EpochsDone} of {recipe.Training.Epochs}");
        }

        run.ForgetMetricsAfter(trainer.EpochsDone);
        var measured = validation is null ? null : new MeasuredPictures(validation, features?.Validation(cancel));
        var observer = new NightlyObserver(recipe, run, data, measured, batches.BatchesPerEpoch, display);
        trainer.Run(source, observer, run.CheckpointPath, cancel);
        NetworkWeights.Load(network, run.WeightsPath);
        return observer.Images;
    }

    private static PixelCache OpenTraining(
        RecipeData data, Embedding.Preprocessing preprocessing, IDisplay display, CancellationToken cancel)
    {
        display.Begin("decode training pictures", data.Split.Training.Count);
        return data.OpenTraining(preprocessing, new StageProgress(display), cancel);
    }

    // As the service would decode them.
    private static float[] EmbedTraining(
        EmbeddingNetwork network, Recipe recipe, RecipeData data, Embedding.Preprocessing preprocessing, IDisplay display,
        CancellationToken cancel)
    {
        display.Begin("place proxies", data.Split.Training.Count);
        using var pictures = data.OpenUnchanged(preprocessing, null, cancel);
        return HeldOutEvaluation.Embed(
            new NetworkEmbedder(network, recipe.Training.BFloat16 == Toggle.On), pictures, recipe.Evaluation.BatchSize,
            new StageProgress(display), cancel);
    }

    private static PixelCache OpenPairs(
        FeedbackPairs pairs,
        int side,
        Embedding.Preprocessing preprocessing,
        string cache,
        CancellationToken cancel
    ) => PixelCache.Open(cache, "feedback", pairs.Pictures, preprocessing with { InputSize = side }, null, cancel);

    private static BatchLoader Batches(PixelCache pixels, int[] verdicts, PairSampler sampler, Recipe recipe, int inputSize)
    {
        IAugmentation[] augmentations =
        [
            .. recipe.Augmentation.Select(choice =>
                Catalogue.Find("augmentation", AugmentationCatalogue.All, choice.Name).Make(choice.Options)),
        ];
        return new BatchLoader(pixels, verdicts, sampler, augmentations, inputSize, recipe.Training.Seed, workers: 1, ahead: 2);
    }
}
