using Dml.Tests.Shared;
using Dml.Training.Recipes;

namespace Dml.Benchmarks;

/// <summary>The demo's concepts that an embedder was not trained on.</summary>
internal static class UnseenConcepts
{
    /// <param name="model">Whose recipe lies beside it in the models folder.</param>
    public static HashSet<string> Of(string model)
    {
        var recipe = RecipeFile.Load(Path.Combine(Repository.Models, model, "recipe.json"), []);
        return [.. new RecipeData(recipe, Repository.Root, Path.GetTempPath()).Split.HeldOut.Select(picture => picture.Class)];
    }
}
