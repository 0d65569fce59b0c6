using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dml.Training.Catalogues;

/// <summary>A method chosen by a recipe: <c>{ "name": "proxy-anchor", "alpha": 32 }</c> or just <c>"proxy-anchor"</c>.</summary>
/// <param name="Name">The name in the table.</param>
[JsonConverter(typeof(MethodChoiceConverter))]
public sealed record MethodChoice(string Name)
{
    /// <summary>The options that the recipe sets; all others keep their defaults.</summary>
    public JsonObject Options { get; init; } = [];

    /// <summary>The same choice with every option written out.</summary>
    /// <param name="kind">The kind of method in the table, for the error message.</param>
    /// <param name="table">The table to search.</param>
    /// <exception cref="RecipeException">The name or an option is unknown.</exception>
    public MethodChoice Resolve(string kind, IReadOnlyList<IMethod> table)
        => this with { Options = MethodOptions.Write(MethodOptions.Read(Name, Catalogue.Find(kind, table, Name).Defaults, Options)) };
}
