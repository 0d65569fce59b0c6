using System.Text.Json.Nodes;
using Dml.Training.Catalogues;

namespace Dml.Training.Backbones;

/// <summary>One line of <see cref="BackboneCatalogue"/>.</summary>
public sealed record BackboneMethod(string Name, string Paper, object Defaults, Func<JsonObject?, Initializer, Backbone> Build) : IMethod;
