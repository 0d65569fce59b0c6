using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Recipes;
using Dml.Training.Runs;

namespace Dml.Training.Comparison;

/// <summary>The cells of a comparison: every method with every seed.</summary>
public sealed class ComparisonGrid
{
    /// <summary>
    /// Lays the grid out below a folder and checks every recipe of it, so that a mistake in the last row is not found after hours.
    /// </summary>
    /// <param name="file">The comparison.</param>
    /// <param name="settings">Changes of the recipe that all rows share, as <c>--set</c> gives them.</param>
    /// <param name="folder">Folder of its cells: <c>&lt;method&gt;/&lt;seed&gt;</c>.</param>
    /// <exception cref="RecipeException">A row changes something that the recipe does not have.</exception>
    public ComparisonGrid(ComparisonFile file, IReadOnlyList<string> settings, string folder)
    {
        ArgumentNullException.ThrowIfNull(file);
        (File, Folder) = (file, folder);
        Cells =
        [
            .. file.Methods.SelectMany(method =>
                (method.Train ? file.Seeds : file.Seeds[..1]).Select(seed => new ComparisonCell(
                    method, seed, Path.Combine(folder, method.Name, $"{seed}")))),
        ];
        Recipes = Cells.ToDictionary(cell => cell, cell => RecipeOf(cell, settings));
    }

    /// <summary>The comparison.</summary>
    public ComparisonFile File { get; }

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>Method by method, seed by seed.</summary>
    public IReadOnlyList<ComparisonCell> Cells { get; }

    /// <summary>The whole recipe of every cell.</summary>
    public IReadOnlyDictionary<ComparisonCell, Recipe> Recipes { get; }

    /// <summary>Writes the recipes of cells that have none.</summary>
    /// <exception cref="RecipeException">A cell was started with another recipe.</exception>
    public void WriteRecipes()
    {
        foreach (var (cell, recipe) in Recipes)
        {
            Directory.CreateDirectory(cell.Folder);
            var json = recipe.ToJson();
            if (
                System.IO.File.Exists(cell.RecipePath)
                && !JsonNode.DeepEquals(RecipeFile.Load(cell.RecipePath, []).Resolve().ToJson(), json))
            {
                throw new RecipeException(
                    $"{cell.Folder} was started with another recipe than the comparison has now. Delete that folder to train it again, or "
                        + $"compare into another folder: --out <folder>.");
            }

            RunFolder.WriteText(cell.RecipePath, json.ToJsonString(JsonText.Indented) + "\n");
        }
    }

    private Recipe RecipeOf(ComparisonCell cell, IReadOnlyList<string> shared)
    {
        var method = cell.Method;
        try
        {
            string[] settings =
            [
                .. shared,
                .. method.Set.Select(change => $"{change.Key}={change.Value?.ToJsonString() ?? "null"}"),
                $"training.seed={cell.Seed}",
            ];
            var recipe = RecipeFile.Read(((JsonObject)File.Recipe.DeepClone()).ToJsonString(), settings).Resolve();
            return method.Train || recipe.Pretrained is not null
                ? recipe
                : throw new RecipeException("a row that is not trained needs pretrained weights.");
        }
        catch (RecipeException error)
        {
            throw new RecipeException($"comparison, row '{method.Name}': {error.Message}", error);
        }
    }
}
