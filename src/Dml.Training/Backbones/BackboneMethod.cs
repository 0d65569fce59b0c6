using System.Text.Json.Nodes;
using Dml.Training.Catalogues;

namespace Dml.Training.Backbones;

/// <summary>One line of <see cref="BackboneCatalogue"/>.</summary>
/// <param name="Name">The name in recipes.</param>
/// <param name="Paper">Where it is described.</param>
/// <param name="Weights">The published weights whose tensors it names.</param>
/// <param name="Defaults">Its options, as published.</param>
/// <param name="Build">Makes one with the given options.</param>
public sealed record BackboneMethod(
    string Name, string Paper, string Weights, object Defaults, Func<JsonObject?, Initializer, Backbone> Build) : IMethod
{
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Notes => new Dictionary<string, string> { ["weights"] = Weights };
}
