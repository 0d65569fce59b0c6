using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Files;
using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Heads;

namespace Dml.Training.Recipes;

/// <summary>Reads recipes. An unknown key is an error that names the known ones.</summary>
public static class RecipeFile
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads a recipe with the settings of the command line in place.</summary>
    /// <param name="path">A JSON file; comments and trailing commas are allowed.</param>
    /// <param name="settings">Each <c>key.key=value</c>; the value is JSON, or else text.</param>
    /// <exception cref="RecipeException">No such file, no JSON, an unknown key, or a value that does not fit.</exception>
    public static Recipe Load(string path, IEnumerable<string> settings)
    {
        if (!File.Exists(path))
        {
            throw new RecipeException($"There is no recipe at {Path.GetFullPath(path)}.");
        }

        try
        {
            return Read(SmallFile.ReadText(path), settings);
        }
        catch (JsonException e)
        {
            throw new RecipeException($"{path} is not JSON: {e.Message}", e);
        }
    }

    /// <inheritdoc cref="Load"/>
    internal static Recipe Read(string json, IEnumerable<string> settings)
    {
        if (JsonNode.Parse(json, null, Lenient) is not JsonObject recipe)
        {
            throw new RecipeException("A recipe is a JSON object.");
        }

        var defaults = new Recipe();
        var known = MethodOptions.Write(defaults);
        var statesSplit = recipe.ContainsKey("split");
        // Written out before the settings, so that one may reach into what the recipe leaves to its default.
        foreach (var (key, value) in known.Where(section => !recipe.ContainsKey(section.Key)))
        {
            recipe[key] = value?.DeepClone();
        }

        if (!statesSplit)
        {
            recipe["split"]!.AsObject().Remove("by");
        }

        foreach (var setting in settings)
        {
            RecipeSetting.Apply(recipe, setting);
        }

        if (!statesSplit && recipe["split"] is JsonObject split && !split.ContainsKey("by"))
        {
            split["by"] = MethodOptions.Write(new SplitOptions { By = DefaultSplit(recipe["dataset"]) })["by"]!.DeepClone();
        }

        // Recipes from before there was more than one head do not name it.
        if (recipe["head"] is JsonObject head && !head.ContainsKey("name"))
        {
            head["name"] = HeadCatalogue.Default;
        }
        // The sections first: their own messages say more than the whole record's.
        foreach (var property in typeof(Recipe).GetProperties())
        {
            var key = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (known[key] is JsonObject && property.PropertyType != typeof(MethodChoice) && recipe[key] is JsonObject section)
            {
                MethodOptions.Read(key, property.GetValue(defaults)!, section);
            }
        }

        return MethodOptions.Read("recipe", defaults, recipe);
    }

    // An unknown dataset is refused later, by its name.
    private static SplitSource DefaultSplit(JsonNode? dataset)
    {
        var name = (dataset is JsonObject json ? json["name"] : dataset) as JsonValue;
        return DatasetCatalogue.All
            .FirstOrDefault(d => name is not null && name.TryGetValue<string>(out var given) && given == d.Name)
            ?.About.DefaultSplit ?? SplitSource.Dataset;
    }
}
