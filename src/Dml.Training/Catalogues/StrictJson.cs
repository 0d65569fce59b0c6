using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dml.Training.Catalogues;

/// <summary>Reads and writes records as JSON in camelCase. A key that the record does not have is an error that names the right ones, at any depth: a misspelt option must never be ignored in silence.</summary>
public static class StrictJson
{
    /// <summary>The one JSON dialect of recipes, metrics and manifests of this program.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        NumberHandling = JsonNumberHandling.Strict,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <summary>Reads a <typeparamref name="T"/>.</summary>
    /// <param name="json">The object; keys that are missing keep the record's defaults.</param>
    /// <param name="where">Where in the recipe this is, for the message: <c>loss (proxy-anchor)</c>.</param>
    /// <exception cref="RecipeException">An unknown key, or a value of the wrong type.</exception>
    public static T Read<T>(JsonObject json, string where) => (T)Read(json, typeof(T), where);

    /// <inheritdoc cref="Read{T}(JsonObject, string)"/>
    public static object Read(JsonObject json, Type type, string where)
    {
        RejectUnknownKeys(json, type, where);
        try
        {
            return json.Deserialize(type, Options) ?? throw new RecipeException($"{where}: expected an object, found null.");
        }
        catch (JsonException e)
        {
            var path = e.Path?.TrimStart('$', '.') ?? "";
            throw new RecipeException($"{where}: the value of '{path}' does not fit: {e.Message.Split(" Path:")[0]}", e);
        }
    }

    /// <summary>Writes a record, defaults included, so that what is written says everything.</summary>
    public static JsonObject Write(object value) => JsonSerializer.SerializeToNode(value, value.GetType(), Options)!.AsObject();

    private static void RejectUnknownKeys(JsonObject json, Type type, string where)
    {
        if (type == typeof(JsonObject) || Options.GetConverter(type).GetType().Assembly == typeof(StrictJson).Assembly)
        {
            return;
        }
        var known = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanWrite && p.GetCustomAttribute<JsonIgnoreAttribute>() is null)
            .ToDictionary(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name), p => p.PropertyType, StringComparer.Ordinal);
        foreach (var (key, value) in json)
        {
            if (!known.TryGetValue(key, out var property))
            {
                throw new RecipeException($"{where}: there is no '{key}'. {Spelling.RightOnes(key, known.Keys)}");
            }
            var inner = Nullable.GetUnderlyingType(property) ?? property;
            if (value is JsonObject child && inner.IsClass && inner != typeof(string) && !typeof(System.Collections.IEnumerable).IsAssignableFrom(inner))
            {
                RejectUnknownKeys(child, inner, $"{where}.{key}");
            }
        }
    }
}
