using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;

namespace Dml.Training.Losses;

/// <summary>One line of <see cref="LossCatalogue"/>.</summary>
/// <param name="Name">The name in recipes.</param>
/// <param name="About">What a user needs to know to choose it.</param>
/// <param name="Defaults">The options record with the published defaults.</param>
/// <param name="Build">Builds the loss from its shape, the options that a recipe gives and the source of initial weights.</param>
public sealed record LossMethod(
    string Name,
    MethodAbout About,
    object Defaults,
    Func<LossShape, JsonObject?, Initializer, EmbeddingLoss> Build) : IMethod
{
    /// <inheritdoc/>
    public string Paper => About.Paper;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Notes => About.ToNotes();
}
