using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dml.Training.Catalogues;

/// <summary>Options records to and from the JSON of a recipe (camelCase names, enums as text).</summary>
public static class MethodOptions
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>The defaults with the given members in their place.</summary>
    /// <param name="method">Whose options these are, for the error message.</param>
    /// <param name="defaults">The published defaults.</param>
    /// <param name="given">Members of the recipe; null means none.</param>
    /// <exception cref="RecipeException">A member that does not exist (the message names those that do) or a value of the wrong kind.</exception>
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
            throw new RecipeException($"An option of '{method}' has a value of the wrong kind: {error.Message} Its defaults are {Write(defaults).ToJsonString()}.", error);
        }
    }

    /// <summary>The record as JSON, for recipes, manifests and <c>dml list</c>.</summary>
    public static JsonObject Write(object options) => JsonSerializer.SerializeToNode(options, options.GetType(), Json)!.AsObject();
}
