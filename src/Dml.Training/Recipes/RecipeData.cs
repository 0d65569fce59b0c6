using Dml.Embedding;
using Dml.Training.Augmentation;
using Dml.Training.Batches;
using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Evaluation;
using Dml.Training.Losses;
using Dml.Training.Network;

namespace Dml.Training.Recipes;

/// <summary>The pictures of a recipe: opened, split and decoded as they are needed.</summary>
public sealed class RecipeData
{
    private readonly Recipe _recipe;
    private readonly Dataset _dataset;
    private readonly string _cacheFolder;
    private readonly string[] _figures;

    /// <summary>Opens the dataset and splits it; decodes nothing yet.</summary>
    /// <param name="recipe">What to open and how to split it.</param>
    /// <param name="root">Where relative paths start.</param>
    /// <param name="cacheFolder">Where decoded pictures are kept.</param>
    /// <exception cref="RecipeException">The dataset is missing, damaged or cannot be split; or a figure is unknown.</exception>
    public RecipeData(Recipe recipe, string root, string cacheFolder)
    {
        _recipe = recipe;
        _cacheFolder = cacheFolder;
        var method = Catalogue.Find("dataset", DatasetCatalogue.All, recipe.Dataset.Name);
        _figures = [.. FigureCatalogue.Always.Concat(method.About.Figures).Concat(recipe.Evaluation.Figures).Distinct()];
        foreach (var name in _figures)
        {
            RetrievalFigure.Of(name);
        }

        _dataset = method.Make(recipe.Dataset.Options)(root);
        var split = ClassSplit.Of(_dataset, recipe.Split);
        Split = recipe.Training.ValidationShare is > 0 and var share ? ValidationShare.TakeFrom(split, share) : split;
        TrainingLabels = Labels(Split.Training);
        HeldOutProtocol = RetrievalProtocol.Of(Split.HeldOut);
    }

    /// <summary>Training, validation and held-out pictures.</summary>
    public ClassSplit Split { get; }

    /// <summary>Dense class numbers of the training pictures, classes in ordinal order.</summary>
    public IReadOnlyList<int> TrainingLabels { get; }

    /// <summary>0 for training pictures that would be queries and 1 for those of a gallery; empty where all are of one kind.</summary>
    public IReadOnlyList<int> TrainingModalities =>
        Split.Training.Any(p => p.Role != Split.Training[0].Role)
            ? [.. Split.Training.Select(p => p.Role == PictureRole.Query ? 0 : 1)]
            : [];

    /// <summary>Which held-out pictures are queries, which form the gallery, and what is relevant.</summary>
    public RetrievalProtocol HeldOutProtocol { get; }

    /// <summary>
    /// The labels that training looks at; those of validation pictures too, which choose among its epochs. Each label of a picture that has
    /// several.
    /// </summary>
    public IEnumerable<string> LearntLabels =>
        Split.Training.Concat(Split.Validation).SelectMany(p => p.Labels.Append(p.Class)).Distinct();

    /// <summary>Measures the embedded validation pictures by the figure that chooses the epoch, MAP@R: each against all others.</summary>
    /// <param name="vectors">Unit vectors, [validation pictures, dimension].</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="RecipeException">No picture has one of its class among the others.</exception>
    public EvaluationFigures MeasureValidation(float[] vectors, CancellationToken cancel)
    {
        try
        {
            return HeldOutEvaluation.Measure(
                vectors, RetrievalProtocol.Of(Split.Validation), [FigureCatalogue.ChoosesEpoch], mean: _recipe.Evaluation.Mean,
                cancel: cancel);
        }
        catch (ArgumentException e)
        {
            throw new RecipeException($"training.validation: the pictures that were set aside cannot choose an epoch. {e.Message}", e);
        }
    }

    /// <summary>Measures the embedded held-out pictures.</summary>
    /// <param name="vectors">Unit vectors, [held-out pictures, dimension].</param>
    /// <param name="thorough">With clusters and confidence intervals, as <c>dml eval</c> and <c>dml export</c> do.</param>
    /// <param name="cancel">Stops.</param>
    public EvaluationFigures Measure(float[] vectors, bool thorough, CancellationToken cancel) => Measure(vectors, thorough, null, cancel);

    /// <summary>Measures the embedded held-out pictures.</summary>
    /// <param name="vectors">Unit vectors, [held-out pictures, dimension].</param>
    /// <param name="thorough">With clusters and confidence intervals, as <c>dml eval</c> and <c>dml export</c> do.</param>
    /// <param name="reranking">Ranks by neighbourhoods in place of distances; null: by distances.</param>
    /// <param name="cancel">Stops.</param>
    public EvaluationFigures Measure(float[] vectors, bool thorough, RerankingOptions? reranking, CancellationToken cancel) =>
        HeldOutEvaluation.Measure(
            vectors, HeldOutProtocol, _figures, thorough ? _recipe.Evaluation.ClusterStarts : 0,
            thorough ? _recipe.Evaluation.Resamples : 0, _recipe.Evaluation.Mean, reranking, cancel);

    /// <summary>Changes when a picture's bytes may have changed.</summary>
    internal string ContentKey => _dataset.ContentKey;

    /// <summary>The held-out pictures, decoded exactly as the service decodes a query.</summary>
    public PixelCache OpenHeldOut(Preprocessing preprocessing, IProgress<int>? progress, CancellationToken cancel)
        => PixelCache.Open(_cacheFolder, _dataset.ContentKey, Split.HeldOut, preprocessing, progress, cancel);

    /// <summary>The validation pictures, decoded exactly as the service decodes a query.</summary>
    public PixelCache OpenValidation(Preprocessing preprocessing, IProgress<int>? progress, CancellationToken cancel)
        => PixelCache.Open(_cacheFolder, _dataset.ContentKey, Split.Validation, preprocessing, progress, cancel);

    /// <summary>
    /// The training pictures, larger than the input by the recipe's margin; the border that a centre crop leaves out is there for random
    /// crops to find.
    /// </summary>
    public PixelCache OpenTraining(Preprocessing preprocessing, IProgress<int>? progress, CancellationToken cancel)
        => PixelCache.Open(_cacheFolder, _dataset.ContentKey, Split.Training, preprocessing with
        {
            InputSize = (int)Math.Ceiling(preprocessing.InputSize * _recipe.Margin),
            Resize = preprocessing.Resize == ResizeRule.CentreCrop ? ResizeRule.ShortSideCrop : preprocessing.Resize,
        }, progress, cancel);

    /// <summary>The training pictures, decoded exactly as the service decodes a query.</summary>
    public PixelCache OpenUnchanged(Preprocessing preprocessing, IProgress<int>? progress, CancellationToken cancel)
        => PixelCache.Open(_cacheFolder, _dataset.ContentKey, Split.Training, preprocessing, progress, cancel);

    /// <summary>Some of the training pictures, evenly from all of them, decoded exactly as the service decodes a query.</summary>
    public PixelCache OpenSample(Preprocessing preprocessing, int count, IProgress<int>? progress, CancellationToken cancel)
    {
        count = Math.Min(count, Split.Training.Count);
        LabelledPicture[] sample =
        [
            .. Enumerable.Range(0, count).Select(i => Split.Training[(int)((long)i * Split.Training.Count / count)]),
        ];
        return PixelCache.Open(_cacheFolder, _dataset.ContentKey, sample, preprocessing, progress, cancel);
    }

    /// <summary>Augmented batches of the training pictures.</summary>
    public BatchLoader Batches(PixelCache training, int inputSize)
    {
        IAugmentation[] augmentations =
        [
            .. _recipe.Augmentation.Select(choice =>
                Catalogue.Find("augmentation", AugmentationCatalogue.All, choice.Name).Make(choice.Options)),
        ];
        return new(
            training, TrainingLabels, Sampler(), augmentations, inputSize, _recipe.Training.Seed, workers: Environment.ProcessorCount,
            ahead: 2 * Environment.ProcessorCount);
    }

    /// <summary>Chooses the pictures of every batch.</summary>
    internal ISampler Sampler() =>
        Catalogue
            .Find("sampler", SamplerCatalogue.All, _recipe.Sampler.Name)
            .Make(_recipe.Sampler.Options)(
                new(TrainingLabels, TrainingLabels.Max() + 1, _recipe.Training.Seed) { Modalities = TrainingModalities });

    /// <summary>What a loss must know of the training pictures and of the network.</summary>
    public LossShape ShapeOf(EmbeddingNetwork network) => new(TrainingLabels.Max() + 1, network.Head.ProjectedDimension)
    {
        FeatureDimension = network.Head.FeatureDimension,
        PictureLabels = TrainingLabels,
        PictureLabelSets = LabelSets(Split.Training),
        PictureModalities = TrainingModalities,
    };

    private static int[][] LabelSets(IReadOnlyList<LabelledPicture> pictures)
    {
        if (!pictures.Any(p => p.Labels.Count > 0))
        {
            return [];
        }

        var numbers = pictures
            .SelectMany(p => p.Labels)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Select((name, i) => (name, i))
            .ToDictionary(StringComparer.Ordinal);
        return [.. pictures.Select(p => p.Labels.Select(l => numbers[l]).Order().ToArray())];
    }

    private static int[] Labels(IReadOnlyList<LabelledPicture> pictures)
    {
        var numbers = pictures
            .Select(p => p.Class)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Select((name, i) => (name, i))
            .ToDictionary(StringComparer.Ordinal);
        return [.. pictures.Select(p => numbers[p.Class])];
    }
}
