using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dml.Api.Catalogue;

/// <summary>An item's attributes: a JSON object of strings, numbers and booleans.</summary>
internal static class Attributes
{
    public const string None = "{}";

    private const int MaxCount = 64;
    private const int MaxLength = 16 * 1024;

    /// <summary>Checks <paramref name="text"/> and returns it in canonical form; null and blank mean no attributes.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out string? json, [NotNullWhen(false)] out string? error)
    {
        json = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            json = None;
            error = null;
            return true;
        }

        try
        {
            if (JsonNode.Parse(text) is JsonObject attributes)
            {
                return TryCheck(attributes, out json, out error);
            }

            error = "Expected a JSON object such as {\"colour\":\"yellow\",\"price\":3}.";
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            error = $"Expected a JSON object such as {{\"colour\":\"yellow\"}}: {exception.Message}";
        }

        return false;
    }

    /// <summary>Applies a JSON merge patch (RFC 7396) to <paramref name="json"/>.</summary>
    public static bool TryMerge(
        string json, JsonObject patch, [NotNullWhen(true)] out string? merged, [NotNullWhen(false)] out string? error)
    {
        var attributes = JsonNode.Parse(json)!.AsObject();
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                attributes.Remove(name);
            }
            else
            {
                attributes[name] = value.DeepClone();
            }
        }

        return TryCheck(attributes, out merged, out error);
    }

    private static bool TryCheck(JsonObject attributes, [NotNullWhen(true)] out string? json, [NotNullWhen(false)] out string? error)
    {
        json = null;
        error = null;
        foreach (var (name, value) in attributes)
        {
            if (name.Length is 0 or > 128 || value?.GetValueKind() is null or JsonValueKind.Object or JsonValueKind.Array)
            {
                error =
                    $"The attribute \"{name}\" is not valid: a name has 1 to 128 characters, and a value is a string, a number or a "
                    + $"boolean.";
                return false;
            }
        }

        if (attributes.Count > MaxCount)
        {
            error = $"There are {attributes.Count} attributes; an item has at most {MaxCount}.";
            return false;
        }

        var text = attributes.ToJsonString();
        if (text.Length > MaxLength)
        {
            error = $"The attributes have {text.Length} characters; at most {MaxLength} are allowed.";
            return false;
        }

        json = text;
        return true;
    }
}
