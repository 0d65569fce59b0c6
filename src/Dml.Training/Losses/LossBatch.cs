using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>One embedded batch, as a loss sees it.</summary>
/// <param name="Embeddings">Shape [batch, dimension]; the head's output, not scaled to length 1.</param>
/// <param name="Labels">Shape [batch]; dense class numbers.</param>
public sealed record LossBatch(Tensor Embeddings, long[] Labels)
{
    private readonly int? _anchors;

    /// <summary>
    /// The training picture that each row shows, a position in <see cref="LossShape.PictureLabels"/>; empty if not known.
    /// </summary>
    public int[] Pictures { get; init; } = [];

    /// <summary>
    /// How many of the rows, from the first on, are anchors; the others are only compared with. All unless a memory adds rows.
    /// </summary>
    public int Anchors
    {
        get => _anchors ?? Labels.Length;
        init => _anchors = value;
    }

    /// <summary>
    /// The backbone's pooled features, from which the head computed the embeddings, shape [batch, <see
    /// cref="LossShape.FeatureDimension"/>]; null without a network.
    /// </summary>
    public Tensor? Features { get; init; }

    /// <summary>
    /// The head without its normalisation, from features [n, feature dimension] to embeddings [n, dimension], with gradients to both; null
    /// without a network.
    /// </summary>
    public Func<Tensor, Tensor>? Project { get; init; }
}
