using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dml.Training.Catalogues;

/// <summary>Writes name and options as one flat object, the form of recipes.</summary>
internal sealed class MethodChoiceConverter : JsonConverter<MethodChoice>
{
    public override MethodChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (JsonNode.Parse(ref reader) is not { } node)
        {
            throw new JsonException("expected a name or { \"name\": … }, found null.");
        }

        if (node is JsonValue value && value.TryGetValue<string>(out var bare))
        {
            return new(bare);
        }

        if (node is not JsonObject json || json["name"] is not JsonValue given || !given.TryGetValue<string>(out var name))
        {
            throw new JsonException("expected a name or { \"name\": … , options }.");
        }

        json.Remove("name");
        return new(name) { Options = json };
    }

    public override void Write(Utf8JsonWriter writer, MethodChoice value, JsonSerializerOptions options)
    {
        var json = new JsonObject { ["name"] = value.Name };
        foreach (var (key, option) in value.Options)
        {
            json[key] = option?.DeepClone();
        }

        json.WriteTo(writer, options);
    }
}
