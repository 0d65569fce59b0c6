using System.Text.Json;
using Dml.Embedding;
using Dml.Training.Batches;
using Dml.Training.Data;
using Dml.Training.Evaluation;
using Dml.Training.Feedback;
using Dml.Training.Network;
using Dml.Training.Progress;
using Dml.Training.Trainer;
using Dml.Training.Weights;

namespace Dml.Training.Recipes;

/// <summary>
/// The features that a recipe's frozen backbone gives: computed once, then read from the cache by every run that shares pictures, weights
/// and preprocessing.
/// </summary>
/// <param name="recipe">With <c>training.frozenBackbone</c>.</param>
/// <param name="data">Its pictures.</param>
/// <param name="network">Its network, on the device that computes; its backbone's weights stay as they are from now on.</param>
/// <param name="cacheFolder">Folder of the files.</param>
/// <param name="display">Shows the progress.</param>
internal sealed class RecipeFeatures(Recipe recipe, RecipeData data, EmbeddingNetwork network, string cacheFolder, IDisplay display)
{
    private readonly Preprocessing _preprocessing = RecipeNetwork.PreprocessingOf(recipe, network);
    private readonly string _fingerprint = NetworkWeights.Fingerprint(network.Backbone);

    /// <summary>
    /// Batches of the training pictures' features: of the pictures as the service would see them and, where <c>training.featureViews</c>
    /// asks for more, of augmented views.
    /// </summary>
    public FeatureBatches Training(CancellationToken cancel)
    {
        List<FeatureTable> views =
        [
            Unchanged(cancel),
        ];
        for (var view = 1; view < recipe.Training.FeatureViews; view++)
        {
            var number = view;
            var draws = $"{recipe.Margin} {JsonSerializer.Serialize(recipe.Augmentation)} view {number}";
            views.Add(
                Open($"view {number + 1} of {recipe.Training.FeatureViews}", data.Split.Training, draws, () => Augmented(number, cancel)));
        }

        return new(views, data.TrainingLabels, data.Sampler(), _preprocessing.InputSize);
    }

    /// <summary>The training pictures' features, of the pictures as the service would see them.</summary>
    public FeatureTable Unchanged(CancellationToken cancel) =>
        Open("training pictures", data.Split.Training, "", () =>
            Plain(data.OpenUnchanged, data.Split.Training, "training pictures", cancel));

    /// <summary>The features of feedback's pictures.</summary>
    public FeatureTable Feedback(FeedbackPairs pairs, CancellationToken cancel) =>
        Open("feedback", pairs.Pictures, "", () =>
            Plain(
                (preprocessing, progress, stop) => PixelCache.Open(cacheFolder, "feedback", pairs.Pictures, preprocessing, progress, stop),
                pairs.Pictures, "feedback", cancel));

    /// <summary>The held-out pictures' features.</summary>
    public FeatureTable HeldOut(CancellationToken cancel) =>
        Open("held-out pictures", data.Split.HeldOut, "", () => Plain(data.OpenHeldOut, data.Split.HeldOut, "held-out pictures", cancel));

    /// <summary>The validation pictures' features.</summary>
    public FeatureTable Validation(CancellationToken cancel) =>
        Open("validation pictures", data.Split.Validation, "", () =>
            Plain(data.OpenValidation, data.Split.Validation, "validation pictures", cancel));

    private FeatureTable Open(string what, IReadOnlyList<LabelledPicture> pictures, string draws, Func<float[]> compute)
    {
        var computed = false;
        var key = string.Join(
            '\n',
            [
                data.ContentKey,
                _fingerprint,
                JsonSerializer.Serialize(recipe.Backbone),
                network.Head.FeatureKind,
                $"bfloat16 {recipe.Training.BFloat16 == Toggle.On}",
                JsonSerializer.Serialize(_preprocessing),
                draws,
                .. pictures.Select(p => p.Id),
            ]);
        var table = FeatureTable.Open(cacheFolder, key, pictures.Count, network.Head.FeatureDimension, () =>
        {
            computed = true;
            return compute();
        });
        display.Say($"features of {what}: {(computed ? "computed" : "from the cache")}, {table.Count} of length {table.Dimension}");
        return table;
    }

    private float[] Plain(
        Func<Preprocessing, IProgress<int>?, CancellationToken, PixelCache> open, IReadOnlyList<LabelledPicture> pictures, string what,
        CancellationToken cancel)
    {
        var progress = new StageProgress(display);
        display.Begin($"decode {what}", pictures.Count);
        using var pixels = open(_preprocessing, progress, cancel);
        display.Begin($"features of {what}", pictures.Count);
        return HeldOutEvaluation.Embed(Embedder(), pixels, recipe.Evaluation.BatchSize, progress, cancel);
    }

    private float[] Augmented(int view, CancellationToken cancel)
    {
        var progress = new StageProgress(display);
        display.Begin("decode training pictures", data.Split.Training.Count);
        using var pixels = data.OpenTraining(_preprocessing, progress, cancel);
        display.Begin($"features of view {view + 1}", pixels.Count);
        var embedder = Embedder();
        var features = new float[pixels.Count * embedder.Dimension];
        var done = 0;
        foreach (var batch in data.Batches(pixels, _preprocessing.InputSize).View(view, cancel))
        {
            embedder.Embed(
                batch.Rgb, batch.Labels.Length, features.AsSpan(done * embedder.Dimension, batch.Labels.Length * embedder.Dimension));
            progress.Report(done += batch.Labels.Length);
        }

        return features;
    }

    private PooledFeatureEmbedder Embedder()
    {
        network.SetTraining(false);
        return new(network, recipe.Training.BFloat16 == Toggle.On);
    }
}
