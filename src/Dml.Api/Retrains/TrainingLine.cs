using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dml.Api.Retrains;

/// <summary>A line of the training process about its progress.</summary>
/// <param name="Stage">What it does.</param>
/// <param name="Done">Completed steps.</param>
/// <param name="Total">Steps of the stage.</param>
/// <param name="Text">More in words; may be empty.</param>
internal readonly record struct TrainingLine(string Stage, long Done, long Total, string Text)
{
    /// <summary>False when the line is anything else: native libraries write to the same stream, and no line is worth a night.</summary>
    public static bool TryParse(string line, out TrainingLine parsed)
    {
        if (Parse(line) is { } json
            && Read<string>(json, "stage") is { } stage
            && Read<string>(json, "text") is { } text
            && TryReadNumber(json, "done", out var done)
            && TryReadNumber(json, "total", out var total))
        {
            parsed = new TrainingLine(stage, done, total, text);
            return true;
        }

        parsed = default;
        return false;
    }

    /// <summary>What the program says in a line that is not progress, or null.</summary>
    public static string? Said(string line) => Parse(line) is { } json ? Read<string>(json, "say") : null;

    private static JsonObject? Parse(string line)
    {
        try
        {
            // A member that comes twice is noticed when the object is first read.
            var json = JsonNode.Parse(line) as JsonObject;
            return json?.Count > 0 ? json : null;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return null;
        }
    }

    private static T? Read<T>(JsonObject json, string name)
        where T : class => json[name] is JsonValue value && value.TryGetValue<T>(out var read) ? read : null;

    private static bool TryReadNumber(JsonObject json, string name, out long number)
    {
        number = 0;
        return json[name] is JsonValue value && value.TryGetValue(out number) && number >= 0;
    }
}
