using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;

namespace Dml.Training.Heads;

/// <summary>One line of <see cref="HeadCatalogue"/>.</summary>
/// <param name="Name">The name in recipes.</param>
/// <param name="Paper">Where it is used.</param>
/// <param name="Defaults">Its options, as published.</param>
/// <param name="Build">Makes one for a backbone.</param>
public sealed record HeadMethod(string Name, string Paper, object Defaults, Func<Backbone, JsonObject?, Initializer, EmbeddingHead> Build)
    : IMethod;
