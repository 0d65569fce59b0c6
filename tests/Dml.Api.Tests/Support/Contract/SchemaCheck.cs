using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dml.Api.Tests.Support.Contract;

/// <summary>
/// Does a JSON value fit an OpenAPI 3.0 schema? Knows the words that our document uses, and fails on one that it does
/// not know, so that nothing goes unchecked.
/// </summary>
internal sealed class SchemaCheck(JsonObject schemas)
{
    private static readonly HashSet<string> Known =
    [
        "$ref", "type", "format", "properties", "required", "additionalProperties", "items", "enum", "nullable", "allOf", "oneOf",
        "description", "example", "examples", "default",
    ];

    /// <summary>What is wrong, with the place; empty when the value fits.</summary>
    public List<string> Faults(JsonNode? value, JsonObject schema)
    {
        var faults = new List<string>();
        Check(value, schema, "$", faults);
        return faults;
    }

    private void Check(JsonNode? value, JsonObject schema, string at, List<string> faults)
    {
        faults.AddRange(
            schema.Where(word => !Known.Contains(word.Key)).Select(word => $"{at}: the schema's word {word.Key} is unknown to this check"));
        if (value is null)
        {
            if ((bool?)schema["nullable"] != true)
            {
                faults.Add($"{at}: null, which the document does not allow");
            }

            return;
        }

        if (schema["$ref"] is { } reference)
        {
            Check(value, schemas[((string)reference!).Split('/')[^1]]!.AsObject(), at, faults);
        }

        foreach (var part in schema["allOf"]?.AsArray() ?? [])
        {
            Check(value, part!.AsObject(), at, faults);
        }

        if (schema["oneOf"] is JsonArray choices && choices.Count(choice => Faults(value, choice!.AsObject()).Count == 0) != 1)
        {
            faults.Add($"{at}: {value.ToJsonString()} fits not exactly one of the choices");
        }

        if (schema["enum"] is JsonArray names && !names.Any(name => JsonNode.DeepEquals(name, value)))
        {
            faults.Add($"{at}: {value.ToJsonString()} is none of {names.ToJsonString()}");
        }

        CheckType(value, schema, at, faults);
    }

    private void CheckType(JsonNode value, JsonObject schema, string at, List<string> faults)
    {
        var kind = value.GetValueKind();
        var fits = (string?)schema["type"] switch
        {
            null => true,
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String && FitsFormat((string)value!, (string?)schema["format"]),
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "number" => kind == JsonValueKind.Number,
            "integer" => kind == JsonValueKind.Number && FitsInteger(value.ToJsonString(), (string?)schema["format"]),
            _ => false,
        };
        if (!fits)
        {
            faults.Add($"{at}: {value.ToJsonString()} is no {schema["type"]} {schema["format"]}");
        }
        else if (value is JsonObject members && (schema["properties"] is not null || schema["additionalProperties"] is not null))
        {
            CheckMembers(members, schema, at, faults);
        }
        else if (value is JsonArray elements && schema["items"] is JsonObject items)
        {
            for (var i = 0; i < elements.Count; i++)
            {
                Check(elements[i], items, $"{at}[{i}]", faults);
            }
        }
    }

    private void CheckMembers(JsonObject members, JsonObject schema, string at, List<string> faults)
    {
        var properties = schema["properties"]?.AsObject() ?? [];
        var others = schema["additionalProperties"];
        faults.AddRange((schema["required"]?.AsArray() ?? [])
            .Where(name => !members.ContainsKey((string)name!)).Select(name => $"{at}: the member {name} is missing"));
        foreach (var (name, value) in members)
        {
            if (properties[name] is JsonObject described)
            {
                Check(value, described, $"{at}.{name}", faults);
            }
            else if (others is JsonObject { Count: > 0 } schemaOfOthers)
            {
                Check(value, schemaOfOthers, $"{at}.{name}", faults);
            }
            else if (others is null || others.GetValueKind() == JsonValueKind.False)
            {
                faults.Add($"{at}: the member {name} is not described");
            }
        }
    }

    private static bool FitsFormat(string text, string? format) =>
        format != "date-time" || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _);

    private static bool FitsInteger(string text, string? format) =>
        format == "int32" ? int.TryParse(text, out _) : long.TryParse(text, out _);
}
