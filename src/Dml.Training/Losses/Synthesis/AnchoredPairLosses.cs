using static TorchSharp.torch;

namespace Dml.Training.Losses.Synthesis;

/// <summary>
/// Losses of anchors against references other than the anchors: similarities [anchors, references] with masks of the same shape.
/// </summary>
internal static class AnchoredPairLosses
{
    /// <summary>(1 / anchors) (sum over positives of [above - s]+ + sum over negatives of [s - below]+).</summary>
    internal static Tensor Contrastive(Tensor similarities, Tensor positives, Tensor negatives, double above, double below)
    {
        using var scope = NewDisposeScope();
        var pull = (above - similarities).relu() * positives.to(similarities);
        var push = (similarities - below).relu() * negatives.to(similarities);
        return ((pull.sum() + push.sum()) / similarities.shape[0]).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of <see cref="Losses.MultiSimilarity"/> with its mining, over the references of each anchor.</summary>
    internal static Tensor MultiSimilarity(
        Tensor similarities,
        Tensor positives,
        Tensor negatives,
        double alpha,
        double beta,
        double centre,
        double margin)
    {
        using var scope = NewDisposeScope();
        var detached = similarities.detach();
        var (kept, nears, fars) = Losses.MultiSimilarity.Mine(detached, positives.logical_and(detached.lt(1 - 1e-5)), negatives, margin);
        var pull = MaskedSums.LogOnePlusSum((similarities - centre) * -alpha, nears, 1) / alpha;
        var push = MaskedSums.LogOnePlusSum((similarities - centre) * beta, fars, 1) / beta;
        return (((pull + push) * kept).sum() / similarities.shape[0]).MoveToOuterDisposeScope();
    }
}
