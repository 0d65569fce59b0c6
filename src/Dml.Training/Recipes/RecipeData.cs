using Dml.Embedding;
using Dml.Training.Augmentation;
using Dml.Training.Catalogues;
using Dml.Training.Data;

namespace Dml.Training.Recipes;

/// <summary>The pictures of a recipe: opened, split and decoded as they are needed.</summary>
public sealed class RecipeData
{
    private readonly Recipe recipe;
    private readonly Dataset dataset;
    private readonly string cacheFolder;

    /// <summary>Opens the dataset and splits it; decodes nothing yet.</summary>
    /// <param name="recipe">What to open and how to split it.</param>
    /// <param name="root">Where relative paths start.</param>
    /// <param name="cacheFolder">Where decoded pictures are kept.</param>
    /// <exception cref="RecipeException">The dataset is missing or damaged, or cannot be split so.</exception>
    public RecipeData(Recipe recipe, string root, string cacheFolder)
    {
        this.recipe = recipe;
        this.cacheFolder = cacheFolder;
        dataset = Catalogue.Find("dataset", DatasetCatalogue.All, recipe.Dataset.Name).Make(recipe.Dataset.Options)(root);
        Split = ClassSplit.Of(dataset, recipe.Split);
        TrainingLabels = Labels(Split.Training);
        HeldOutLabels = Labels(Split.HeldOut);
    }

    /// <summary>Training and held-out pictures.</summary>
    public ClassSplit Split { get; }

    /// <summary>Dense class numbers of the training pictures, classes in ordinal order.</summary>
    public IReadOnlyList<int> TrainingLabels { get; }

    /// <summary>Dense class numbers of the held-out pictures, classes in ordinal order.</summary>
    public IReadOnlyList<int> HeldOutLabels { get; }

    /// <summary>The held-out pictures, decoded exactly as the service decodes a query.</summary>
    public PixelCache OpenHeldOut(Preprocessing preprocessing, IProgress<int>? progress, CancellationToken cancel)
        => PixelCache.Open(cacheFolder, dataset.ContentKey, Split.HeldOut, preprocessing, progress, cancel);

    /// <summary>The training pictures, larger than the input by the recipe's margin.</summary>
    public PixelCache OpenTraining(Preprocessing preprocessing, IProgress<int>? progress, CancellationToken cancel)
        => PixelCache.Open(cacheFolder, dataset.ContentKey, Split.Training, preprocessing with { InputSize = (int)Math.Ceiling(preprocessing.InputSize * recipe.Margin) }, progress, cancel);

    /// <summary>Augmented batches of the training pictures.</summary>
    public BatchLoader Batches(PixelCache training, int inputSize)
    {
        var seed = recipe.Training.Seed;
        var sampler = Catalogue.Find("sampler", SamplerCatalogue.All, recipe.Sampler.Name).Make(recipe.Sampler.Options)(new(TrainingLabels, TrainingLabels.Max() + 1, seed));
        IAugmentation[] augmentations = [.. recipe.Augmentation.Select(choice => Catalogue.Find("augmentation", AugmentationCatalogue.All, choice.Name).Make(choice.Options))];
        return new(training, TrainingLabels, sampler, augmentations, inputSize, seed, ahead: 2 * Environment.ProcessorCount);
    }

    private static int[] Labels(IReadOnlyList<LabelledPicture> pictures)
    {
        var numbers = pictures.Select(p => p.Class).Distinct().Order(StringComparer.Ordinal).Select((name, i) => (name, i)).ToDictionary(StringComparer.Ordinal);
        return [.. pictures.Select(p => numbers[p.Class])];
    }
}
