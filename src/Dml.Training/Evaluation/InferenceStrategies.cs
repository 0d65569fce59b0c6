using System.Globalization;

namespace Dml.Training.Evaluation;

/// <summary>
/// What a trained network may do differently when it embeds, as in Group Loss++ (I. Elezi et al., TPAMI 2022, arXiv 2204.01509).
/// </summary>
internal sealed record InferenceStrategies
{
    /// <summary>Replaces the head's pooling; null: as it was trained.</summary>
    public MixedPooling? Pooling { get; init; }

    /// <summary>The mean of the embeddings of picture and mirror image, before any scaling.</summary>
    public bool Mirror { get; init; }

    /// <summary><see cref="BetaNormalization"/> instead of scaling to length 1; null: length 1.</summary>
    public double? Beta { get; init; }

    /// <summary>As columns of tables name them.</summary>
    public override string ToString() => string.Join(", ", ((string?[])[
        Pooling is { } p ? string.Create(CultureInfo.InvariantCulture, $"max={p.Greatest},slope={p.NegativeSlope}") : null,
        Mirror ? "mirror" : null,
        Beta is { } beta ? string.Create(CultureInfo.InvariantCulture, $"beta {beta}") : null]).OfType<string>());
}
