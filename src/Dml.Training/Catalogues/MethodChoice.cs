using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dml.Training.Catalogues;

/// <summary>A method chosen by a recipe: <c>{ "name": "proxy-anchor", "alpha": 32 }</c>, or just <c>"proxy-anchor"</c>.</summary>
/// <param name="Name">The name in the table.</param>
[JsonConverter(typeof(MethodChoiceConverter))]
public sealed record MethodChoice(string Name)
{
    /// <summary>The options that the recipe gives; the others keep their defaults.</summary>
    public JsonObject Options { get; init; } = [];
}
