using System.Globalization;
using Dml.Training.Augmentation;
using Dml.Training.Batches;
using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Feedback;
using Dml.Training.Losses;
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
        display.Begin("decode training pictures", data.Split.Training.Count);
        using var training = data.OpenTraining(preprocessing, new StageProgress(display), cancel);
        using var validation = data.Split.Validation.Count > 0 ? data.OpenValidation(preprocessing, null, cancel) : null;
        var batches = data.Batches(training, preprocessing.InputSize);
        display.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{data.Split.Training.Count} pictures of {batches.ClassCount} labels and {pairs.IsRight.Count} pairs to train on; "
                    + $"{batches.BatchesPerEpoch} batches an epoch"));

        var shape = data.ShapeOf(network);
        recipe = recipe with { Training = SpeedChoiceOfRun.Settle(recipe, run, shape, network, batches, display, cancel) };
        var inner = LossCatalogue.Create(recipe.Loss.Name, shape, recipe.Loss.Options, recipe.Training.Seed);
        var isResumed = File.Exists(run.CheckpointPath);
        if (start.IsContinued && !isResumed)
        {
            display.Begin("place proxies", data.Split.Training.Count);
            network.SetTraining(false);
            using var plain = data.OpenSample(preprocessing, data.Split.Training.Count, null, cancel);
            ClassMeans.Give(
                inner, network, plain, data.TrainingLabels, recipe.Evaluation.BatchSize, recipe.Training.BFloat16 == Toggle.On,
                new StageProgress(display), cancel);
        }

        var options = FeedbackLoss.Options.For(pairs.IsRight.Count, batches.BatchesPerEpoch);
        using var pairPictures = pairs.IsRight.Count > 0 ? OpenPairs(pairs, training.Side, preprocessing, workplace.Cache, cancel) : null;
        using var loss = pairPictures is null ? inner : new FeedbackLoss(inner, options);
        IBatchSource source = pairPictures is null
            ? batches
            : new FeedbackBatches(
                batches, Batches(pairs, pairPictures, recipe, preprocessing.InputSize, options.Pairs, batches.BatchesPerEpoch));
        using var trainer = new EmbeddingTrainer(network, loss, recipe.Training);
        if (isResumed)
        {
            trainer.Resume(run.CheckpointPath);
            display.Say($"continues after epoch {trainer.EpochsDone} of {recipe.Training.Epochs}");
        }

        run.ForgetMetricsAfter(trainer.EpochsDone);
        var observer = new NightlyObserver(recipe, run, data, validation, batches.BatchesPerEpoch, display);
        trainer.Run(source, observer, run.CheckpointPath, cancel);
        NetworkWeights.Load(network, run.WeightsPath);
        return observer.Images;
    }

    private static PixelCache OpenPairs(
        FeedbackPairs pairs,
        int side,
        Embedding.Preprocessing preprocessing,
        string cache,
        CancellationToken cancel
    ) => PixelCache.Open(cache, "feedback", pairs.Pictures, preprocessing with { InputSize = side }, null, cancel);

    private static BatchLoader Batches(
        FeedbackPairs pairs, PixelCache pixels, Recipe recipe, int inputSize, int pairsOfBatch, int batchesPerEpoch)
    {
        IAugmentation[] augmentations =
        [
            .. recipe.Augmentation.Select(choice =>
                Catalogue.Find("augmentation", AugmentationCatalogue.All, choice.Name).Make(choice.Options)),
        ];
        var sampler = new PairSampler(pairs.IsRight.Count, pairsOfBatch, batchesPerEpoch, recipe.Training.Seed);
        int[] labels = [.. pairs.IsRight.SelectMany(right => new[] { right ? 1 : 0, right ? 1 : 0 })];
        return new BatchLoader(pixels, labels, sampler, augmentations, inputSize, recipe.Training.Seed, workers: 1, ahead: 2);
    }
}
