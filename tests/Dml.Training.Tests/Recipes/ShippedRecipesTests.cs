using Dml.Embedding;
using Dml.Training.Comparison;
using Dml.Training.Data;
using Dml.Training.Recipes;
using Dml.Training.Runs.Nightly;
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

    [Fact]
    public void The_recipe_for_a_map_on_top_of_photo_has_the_loss_of_a_night()
    {
        var recipe = RecipeFile.Load(Path.Combine(Folder, "own-photos-head.json"), []).Resolve();
        Assert.Equal(("photo", SplitSource.Gate, 0.2), (recipe.Embedder, recipe.Split.By, recipe.Split.HeldOut));

        var night = NightlyRecipe.OnTop([], threads: 0);
        Assert.Equal((night.Loss.Name, night.Sampler.Name), (recipe.Loss.Name, recipe.Sampler.Name));
        Assert.Equal(night.Loss.Options.ToJsonString(), recipe.Loss.Options.ToJsonString());
        Assert.Equal(night.Sampler.Options.ToJsonString(), recipe.Sampler.Options.ToJsonString());
        Assert.True(recipe.Training.FrozenBackbone);
    }

    [Fact]
    public void The_recipe_for_the_whole_network_starts_from_photo_and_keeps_the_best_epoch()
    {
        var recipe = RecipeFile.Load(Path.Combine(Folder, "own-photos.json"), []).Resolve();
        var photo = EmbedderManifest.Load(Path.Combine(Repository.Folder, "models", "photo"));

        Assert.Equal((SplitSource.Gate, 0.2), (recipe.Split.By, recipe.Split.HeldOut));
        Assert.Equal((KeptEpoch.Best, 0.1, false), (recipe.Training.Keep, recipe.Training.Validation, recipe.Training.FrozenBackbone));
        Assert.Equal("photo", recipe.Pretrained);
        // The network sees pictures as it did when its weights were made.
        Assert.Equal(photo.Preprocessing.Resize, recipe.Resize);
        Assert.Equal(photo.Preprocessing.InputSize, (int)recipe.Backbone.Options["inputSize"]!);
    }
}
