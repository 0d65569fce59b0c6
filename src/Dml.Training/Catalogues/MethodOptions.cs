using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dml.Training.Catalogues;

/// <summary>Converts options records to and from the JSON of a recipe, with camelCase names and enums as text.</summary>
public static class MethodOptions
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>The defaults, overridden by the given members.</summary>
    /// <param name="method">The name of the method, for the error message.</param>
    /// <param name="defaults">The published defaults.</param>
    /// <param name="given">The members that the recipe sets; null means none.</param>
    /// <exception cref="RecipeException">A member does not exist, in which case the message names those that do, or has a value of the
    /// wrong type.</exception>
    public static TOptions Read<TOptions>(string method, TOptions defaults, JsonObject? given) where TOptions : class
    {
        var merged = Write(defaults);
        foreach (var (name, value) in given ?? [])
        {
            if (!merged.ContainsKey(name))
            {
                var known = merged.Count == 0 ? "It has none." : $"Known: {string.Join(", ", merged.Select(m => m.Key))}.";
                throw new RecipeException($"'{method}' has no option '{name}'. {known}");
            }

            merged[name] = value?.DeepClone();
        }

        try
        {
            return (TOptions)merged.Deserialize(defaults.GetType(), Json)!;
        }
        catch (JsonException error)
        {
            var known = Write(defaults).ToJsonString();
            throw new RecipeException(
                $"An option of '{method}' has a value of the wrong type: {error.Message} Its defaults are {known}.", error);
        }
    }

    /// <summary>The record as JSON, for recipes, manifests and <c>dml list</c>.</summary>
    public static JsonObject Write(object options) => JsonSerializer.SerializeToNode(options, options.GetType(), Json)!.AsObject();
}
