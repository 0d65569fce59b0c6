using System.Text.Json.Nodes;

namespace Dml.Training.Catalogues;

/// <summary>One method of a table: a name for recipes, where it comes from, and its options.</summary>
public interface ICatalogueEntry
{
    /// <summary>The name in recipes: <c>proxy-anchor</c>.</summary>
    string Name { get; }

    /// <summary>The paper, or in a few words what it does where there is none.</summary>
    string Paper { get; }

    /// <summary>The record that holds its options.</summary>
    Type OptionsType { get; }

    /// <summary>Every option with its default, in camelCase.</summary>
    JsonObject DefaultOptions { get; }
}
