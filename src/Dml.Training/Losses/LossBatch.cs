using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>One embedded batch, as a loss sees it.</summary>
/// <param name="Embeddings">Shape [batch, dimension]; the head's own output, not scaled to length 1: a loss on cosines normalises.</param>
/// <param name="Labels">Shape [batch]; dense class numbers.</param>
public sealed record LossBatch(Tensor Embeddings, long[] Labels)
{
    /// <summary>Which training picture each row shows, 0 to the length of <see cref="LossShape.PictureLabels"/>; empty where nobody asked.</summary>
    public int[] Pictures { get; init; } = [];

    /// <summary>The backbone's pooled features that the head made the embeddings of, shape [batch, <see cref="LossShape.FeatureDimension"/>]; null where there is no network.</summary>
    public Tensor? Features { get; init; }

    /// <summary>The head without its normalisation: features [n, feature dimension] to embeddings [n, dimension], gradients to both; null where there is no network.</summary>
    public Func<Tensor, Tensor>? Project { get; init; }
}
