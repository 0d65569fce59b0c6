using Dml.Embedding;
using Dml.Training.Comparison;
using Dml.Training.Data;
using Dml.Training.Recipes;
using Dml.Training.Trainer;

namespace Dml.Training.Tests.Recipes;

/// <summary>The recipes of the repository, without their pictures and weights.</summary>
public class ShippedRecipesTests
{
    private static string Folder => Path.Combine(Repository.Folder, "recipes");

    public static TheoryData<string> Recipes =>
        [.. Directory.EnumerateFiles(Folder, "*.json").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Every_recipe_can_be_read_and_its_training_options_are_allowed(string name)
    {
        var path = Path.Combine(Folder, name);
        var recipes = name.StartsWith("compare-", StringComparison.Ordinal)
            ? new ComparisonGrid(ComparisonFile.Load(path), [], "out").Recipes.Values
            : [RecipeFile.Load(path, []).Resolve()];

        Assert.All(recipes, recipe => TrainingOptionsCheck.Throw(recipe.Training));
    }

    [Theory]
    [InlineData("own-photos.json", false)]
    [InlineData("own-photos-head.json", true)]
    public void Recipes_for_own_photos_start_from_photo_and_keep_the_best_epoch(string name, bool frozen)
    {
        var recipe = RecipeFile.Load(Path.Combine(Folder, name), []).Resolve();
        var photo = EmbedderManifest.Load(Path.Combine(Repository.Folder, "models", "photo"));

        Assert.Equal((SplitSource.Gate, 0.2), (recipe.Split.By, recipe.Split.HeldOut));
        Assert.Equal((KeptEpoch.Best, 0.1, frozen), (recipe.Training.Keep, recipe.Training.Validation, recipe.Training.FrozenBackbone));
        Assert.Equal("photo", recipe.Pretrained);
        // The network sees pictures as it did when its weights were made.
        Assert.Equal(photo.Preprocessing.Resize, recipe.Resize);
        Assert.Equal(photo.Preprocessing.InputSize, (int)recipe.Backbone.Options["inputSize"]!);
    }
}
