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
    // What the network sees of a night: the pictures themselves or, where its backbone is frozen, that backbone's features of them.
    private sealed record Pictures(IBatchSource Training, MeasuredPictures? Validation)
    {
        /// <summary>Batches of the feedback's pictures.</summary>
        public required Func<PairSampler, IBatchSource> Pairs { get; init; }

        /// <summary>The network's answers for the training pictures as the service would decode them: [pictures, dimension].</summary>
        public required Func<float[]> Vectors { get; init; }
    }

    /// <returns>Pictures seen in this process.</returns>
    public static long Run(
        StartingPoint start, RecipeData data, FeedbackPairs pairs, RunFolder run, Workplace workplace, IDisplay display,
        CancellationToken cancel)
    {
        var (network, recipe) = (start.Network, start.Recipe);
        var preprocessing = RecipeNetwork.PreprocessingOf(recipe, network);
        int[] verdicts = [.. pairs.IsRight.SelectMany(right => new[] { right ? 1 : 0, right ? 1 : 0 })];
        using var validation = data.Split.Validation.Count > 0 ? data.OpenValidation(preprocessing, null, cancel) : null;
        if (recipe.Training.FrozenBackbone)
        {
            var features = new RecipeFeatures(recipe, data, network, workplace.Cache, display);
            var measured = validation is null ? null : new MeasuredPictures(validation, features.Validation(cancel));
            var pictures = new Pictures(features.Training(cancel), measured)
            {
                Pairs = sampler => new FeatureBatches([features.Feedback(pairs, cancel)], verdicts, sampler, preprocessing.InputSize),
                Vectors = () => HeldOutEvaluation.Project(network, features.Unchanged(cancel), cancel),
            };
            return Train(start, recipe, pictures, data, pairs, run, display, cancel);
        }
        else
        {
            using var training = OpenTraining(data, preprocessing, display, cancel);
            using var judged = pairs.IsRight.Count > 0 ? OpenPairs(pairs, training.Side, preprocessing, workplace.Cache, cancel) : null;
            var batches = data.Batches(training, preprocessing.InputSize);
            var shape = data.ShapeOf(network);
            var settled = recipe with { Training = SpeedChoiceOfRun.Settle(recipe, run, shape, network, batches, display, cancel) };
            var pictures = new Pictures(batches, validation is null ? null : new MeasuredPictures(validation, Features: null))
            {
                Pairs = sampler => Batches(judged!, verdicts, sampler, settled, preprocessing.InputSize),
                Vectors = () => EmbedTraining(network, settled, data, preprocessing, display, cancel),
            };
            return Train(start, settled, pictures, data, pairs, run, display, cancel);
        }
    }

    private static long Train(
        StartingPoint start, Recipe recipe, Pictures pictures, RecipeData data, FeedbackPairs pairs, RunFolder run, IDisplay display,
        CancellationToken cancel)
    {
        var (network, batches) = (start.Network, pictures.Training);
        display.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{data.Split.Training.Count} pictures of {batches.ClassCount} labels and {pairs.IsRight.Count} pairs to train on; "
                    + $"{batches.BatchesPerEpoch} batches an epoch"));
        var inner = LossCatalogue.Create(recipe.Loss.Name, data.ShapeOf(network), recipe.Loss.Options, recipe.Training.Seed);
        var isResumed = File.Exists(run.CheckpointPath);
        if (!isResumed)
        {
            ClosedForm.Begin(network, pictures.Vectors, data.TrainingLabels);
        }

        if (start.IsContinued && !isResumed)
        {
            network.SetTraining(false);
            ClassMeans.Give(inner, network.Dimension, pictures.Vectors, data.TrainingLabels);
        }

        var options = FeedbackLoss.Options.For(pairs.IsRight.Count, batches.BatchesPerEpoch);
        using var loss = pairs.IsRight.Count > 0 ? new FeedbackLoss(inner, options) : inner;
        var source = pairs.IsRight.Count > 0
            ? new FeedbackBatches(
                batches,
                pictures.Pairs(new PairSampler(pairs.IsRight.Count, options.Pairs, batches.BatchesPerEpoch, recipe.Training.Seed)))
            : batches;
        using var trainer = new EmbeddingTrainer(network, loss, recipe.Training);
        if (isResumed)
        {
            trainer.Resume(run.CheckpointPath);
            display.Say($"continues after epoch {trainer.EpochsDone} of {recipe.Training.Epochs}");
        }

        run.ForgetMetricsAfter(trainer.EpochsDone);
        var observer = new NightlyObserver(recipe, run, data, pictures.Validation, batches.BatchesPerEpoch, display);
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
