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
        catch (InvalidOperationException)
        {
            // JSON text is decoded when it is read, not when it is parsed.
            error = CatalogueText.Rule;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            error = $"Expected a JSON object such as {{\"colour\":\"yellow\"}}: {exception.Message}";
        }

        return false;
    }

    /// <summary>Applies a JSON merge patch (RFC 7396) to <paramref name="json"/>.</summary>
    /// <exception cref="InvalidOperationException">The patch has text that is not valid Unicode.</exception>
    public static bool TryMerge(
        string json, JsonObject patch, [NotNullWhen(true)] out string? merged, [NotNullWhen(false)] out string? error)
    {
        var attributes = JsonNode.Parse(json)!.AsObject();
        foreach (var (text, value) in patch)
        {
            if (!CatalogueText.TryCompose(text, out var name))
            {
                (merged, error) = (null, CatalogueText.Rule);
                return false;
            }

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
        var composed = new JsonObject();
        foreach (var (given, value) in attributes)
        {
            if (!CatalogueText.TryCompose(given, out var name))
            {
                error = CatalogueText.Rule;
                return false;
            }

            if (name.Length is 0 or > 128 || value?.GetValueKind() is null or JsonValueKind.Object or JsonValueKind.Array)
            {
                error =
                    $"The attribute \"{name}\" is not valid: a name has 1 to 128 characters, and a value is a string, a number or a "
                    + $"boolean.";
                return false;
            }

            string? text = null;
            if (value.GetValueKind() == JsonValueKind.String && !CatalogueText.TryCompose(value.GetValue<string>(), out text))
            {
                error = CatalogueText.Rule;
                return false;
            }

            if (!composed.TryAdd(name, text is null ? value.DeepClone() : JsonValue.Create(text)))
            {
                error = $"The attribute \"{name}\" comes twice.";
                return false;
            }
        }

        if (composed.Count > MaxCount)
        {
            error = $"There are {composed.Count} attributes; an item has at most {MaxCount}.";
            return false;
        }

        var canonical = composed.ToJsonString();
        if (canonical.Length > MaxLength)
        {
            error = $"The attributes have {canonical.Length} characters; at most {MaxLength} are allowed.";
            return false;
        }

        json = canonical;
        return true;
    }
}
