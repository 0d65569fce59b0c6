using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dml.Embedding.Labels;

namespace Dml.Api.Catalogue;

/// <summary>An item's attributes: a JSON object of strings, numbers and booleans.</summary>
internal static class Attributes
{
    public const string None = "{}";

    /// <summary>JSON in which no object has the same member twice.</summary>
    public static readonly JsonDocumentOptions Once = new() { AllowDuplicateProperties = false };

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
            if (JsonNode.Parse(text, documentOptions: Once) is JsonObject attributes)
            {
                return TryCheck(attributes, out json, out error);
            }

            error = "Expected a JSON object such as {\"colour\":\"yellow\",\"price\":3}.";
        }
        catch (InvalidOperationException)
        {
            // JSON text is decoded when it is read, not when it is parsed.
            error = ComposedText.Rule;
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
            if (!ComposedText.TryCompose(text, out var name))
            {
                (merged, error) = (null, ComposedText.Rule);
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

    // Two whole numbers that differ must not become one, and a filter must find what was stored.
    private static bool IsKept(string number) => number.AsSpan().IndexOfAny('.', 'e', 'E') < 0
        ? long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
        : double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value);

    private static bool TryCheck(JsonObject attributes, [NotNullWhen(true)] out string? json, [NotNullWhen(false)] out string? error)
    {
        json = null;
        error = null;
        var composed = new JsonObject();
        foreach (var (given, value) in attributes)
        {
            if (!ComposedText.TryCompose(given, out var name))
            {
                error = ComposedText.Rule;
                return false;
            }

            if (name.Length is 0 or > 128 || value?.GetValueKind() is null or JsonValueKind.Object or JsonValueKind.Array)
            {
                error =
                    $"The attribute \"{name}\" is not valid: a name has 1 to 128 characters, and a value is a string, a number or a "
                    + $"boolean.";
                return false;
            }

            if (value.GetValueKind() == JsonValueKind.Number && !IsKept(value.ToJsonString()))
            {
                error =
                    $"The attribute \"{name}\" is a number that cannot be kept as it is: whole numbers have 64 bits, others are those of "
                    + "IEEE 754 with 64 bits. Send it as a string.";
                return false;
            }

            string? text = null;
            if (value.GetValueKind() == JsonValueKind.String && !ComposedText.TryCompose(value.GetValue<string>(), out text))
            {
                error = ComposedText.Rule;
                return false;
            }

            if (!VisibleText.Is(name) || (text is not null && !VisibleText.HasNoFormat(text)))
            {
                error = $"The attribute \"{name}\" has invisible format characters such as U+202E, which reverses the direction of text.";
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
