using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dml.Training.Trainer;

/// <summary>Recipes write <c>"auto"</c>, <c>"on"</c> and <c>"off"</c>, or <c>true</c> and <c>false</c>.</summary>
internal sealed class ToggleConverter : JsonConverter<Toggle>
{
    public override Toggle Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.True => Toggle.On,
            JsonTokenType.False => Toggle.Off,
            JsonTokenType.String
                when Enum.TryParse<Toggle>(reader.GetString(), ignoreCase: true, out var toggle) && Enum.IsDefined(toggle) => toggle,
            _ => throw new JsonException("expected auto, on or off."),
        };

    public override void Write(Utf8JsonWriter writer, Toggle value, JsonSerializerOptions options) => writer.WriteStringValue(value switch
    {
        Toggle.On => "on",
        Toggle.Off => "off",
        _ => "auto",
    });
}
