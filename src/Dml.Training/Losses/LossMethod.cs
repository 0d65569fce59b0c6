using System.Text.Json.Nodes;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;

namespace Dml.Training.Losses;

/// <summary>One line of <see cref="LossCatalogue"/>.</summary>
public sealed record LossMethod(string Name, string Paper, object Defaults, Func<LossShape, JsonObject?, Initializer, EmbeddingLoss> Build) : IMethod
{
    /// <summary>What a person must know to choose it.</summary>
    public MethodAbout? About { get; init; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Notes => About?.ToNotes() ?? new Dictionary<string, string>();
}
