using static TorchSharp.torch;

namespace Dml.Training.Losses.Synthesis;

/// <summary>
/// One anchor and one positive of every class with at least two rows in a batch: the first two, in the order of the batch.
/// </summary>
internal sealed record NPairs(Tensor Anchors, Tensor Positives, long[] Labels)
{
    /// <summary>Number of pairs, one per class.</summary>
    internal int Count => Labels.Length;

    /// <summary>Takes the pairs, with gradient to the rows.</summary>
    internal static NPairs Of(LossBatch batch)
    {
        var pairs = Enumerable.Range(0, batch.Labels.Length).GroupBy(i => batch.Labels[i])
            .Where(g => g.Skip(1).Any())
            .Select(g => (g.Key, First: (long)g.First(), Second: (long)g.Skip(1).First()))
            .ToArray();
        return new(Rows(pairs.Select(p => p.First)), Rows(pairs.Select(p => p.Second)), [.. pairs.Select(p => p.Key)]);

        Tensor Rows(IEnumerable<long> places)
            => batch.Embeddings.index_select(0, tensor(places.ToArray(), ScalarType.Int64).to(batch.Embeddings.device));
    }

    /// <summary>
    /// rho / 4 (mean squared length of the anchors + that of the positives), which bounds lengths that are not normalised.
    /// </summary>
    internal Tensor Lengths(double rho)
    {
        using var scope = NewDisposeScope();
        return ((Anchors.square().sum(1).mean() + Positives.square().sum(1).mean()) * (rho / 4)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Mean over rows i of log(1 + sum over j other than i of exp(s_ij - s_ii)), the cross-entropy with the diagonal as target.
    /// </summary>
    internal static Tensor Multiclass(Tensor logits)
    {
        using var scope = NewDisposeScope();
        return (logits.logsumexp(1) - logits.diagonal()).mean().MoveToOuterDisposeScope();
    }
}
