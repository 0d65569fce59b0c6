using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Training.Catalogues;

namespace Dml.Training.Recipes;

/// <summary>A setting of the command line, such as <c>training.epochs=10</c> or <c>augmentation.0.area=[0.5,1]</c>.</summary>
internal static class RecipeSetting
{
    public static void Apply(JsonObject recipe, string setting)
    {
        var equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
        {
            throw new RecipeException($"--set {setting}: expected key.key=value; the recipe comes before --set.");
        }

        var keys = setting[..equals].Split('.');
        var value = Value(setting[(equals + 1)..]);
        JsonNode at = recipe;
        foreach (var key in keys[..^1])
        {
            at = Child(at, key, setting);
        }

        switch (at)
        {
            case JsonObject json:
                json[keys[^1]] = value;
                break;
            case JsonArray array:
                array[Index(array, keys[^1], setting)] = value;
                break;
            default:
                throw new RecipeException($"--set {setting}: the recipe has a plain value at '{keys[^1]}', no options.");
        }
    }

    private static JsonNode Child(JsonNode at, string key, string setting)
    {
        switch (at)
        {
            case JsonArray array:
                return Opened(array[Index(array, key, setting)], node => array[Index(array, key, setting)] = node);
            case JsonObject json:
                return Opened(json[key], node => json[key] = node);
            default:
                throw new RecipeException($"--set {setting}: the recipe has a plain value at '{key}'.");
        }
    }

    // A method may be written as its bare name; an option given to it needs the long form.
    private static JsonNode Opened(JsonNode? node, Action<JsonNode> replace)
    {
        JsonNode? opened = node switch
        {
            null => new JsonObject(),
            JsonValue value when value.TryGetValue<string>(out var name) => new JsonObject { ["name"] = name },
            _ => null,
        };
        if (opened is null)
        {
            return node!;
        }

        replace(opened);
        return opened;
    }

    private static int Index(JsonArray array, string key, string setting)
        => int.TryParse(key, out var index) && index >= 0 && index < array.Count
            ? index
            : throw new RecipeException(
                $"--set {setting}: '{key}' is not an index of the list; it has {array.Count} elements, counted from 0.");

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
