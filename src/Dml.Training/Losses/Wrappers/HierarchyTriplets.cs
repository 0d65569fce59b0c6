using static TorchSharp.torch;

namespace Dml.Training.Losses.Wrappers;

/// <summary>
/// Triplets of anchor, positive and other by proximity, without gradient: S. Kim, B. Jeong, S. Kwak, "HIER", CVPR 2023, arXiv 2212.14258,
/// as in its published code.
/// </summary>
/// <param name="Anchors">Rows of the anchors, int64 [triplets].</param>
/// <param name="Positives">Rows that have the anchor among their nearest, and vice versa.</param>
/// <param name="Others">Any other rows.</param>
internal sealed record HierarchyTriplets(Tensor Anchors, Tensor Positives, Tensor Others)
{
    /// <summary>R: 1 if two rows have each other among their nearest, 1/2 if only one has the other, -1 on the diagonal.</summary>
    /// <param name="similarities">Shape [n, n].</param>
    /// <param name="nearest">How many rows count as nearest, including the row itself; all if there are fewer.</param>
    internal static Tensor Reciprocity(Tensor similarities, int nearest)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var chosen = similarities.topk((int)Math.Min(nearest, similarities.shape[0])).indexes;
        var near = zeros_like(similarities).scatter(1, chosen, ones(chosen.shape).to(similarities));
        var self = eye(similarities.shape[0], dtype: ScalarType.Bool).to(similarities.device);
        return ((near + near.t()) / 2).masked_fill(self, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Draws triplets for every row that has more than one reciprocal neighbour; none if no row has.</summary>
    /// <param name="similarities">Shape [n, n].</param>
    /// <param name="nearest">How many rows count as nearest.</param>
    /// <param name="draws">Triplets per anchor, drawn with replacement.</param>
    internal static HierarchyTriplets Draw(Tensor similarities, int nearest, int draws)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var reciprocity = Reciprocity(similarities, nearest);
        var positives = reciprocity.eq(1).to(float32);
        // Unlike the published code, an anchor is never its own other, because such a triplet says nothing.
        var others = reciprocity.lt(1).logical_and(reciprocity.ge(0)).to(float32);
        var qualified = positives.sum(1).gt(1).logical_and(others.sum(1).gt(0)).nonzero().flatten();
        if (qualified.numel() == 0)
        {
            var none = zeros([0], ScalarType.Int64).to(similarities.device);
            return new(none.clone().MoveToOuterDisposeScope(), none.clone().MoveToOuterDisposeScope(), none.MoveToOuterDisposeScope());
        }

        Tensor Drawn(Tensor from)
            => from.index_select(0, qualified).multinomial(draws, replacement: true).flatten().MoveToOuterDisposeScope();

        return new(qualified.repeat_interleave(draws).MoveToOuterDisposeScope(), Drawn(positives), Drawn(others));
    }
}
