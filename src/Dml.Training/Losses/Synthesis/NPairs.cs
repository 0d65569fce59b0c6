using static TorchSharp.torch;

namespace Dml.Training.Losses.Synthesis;

/// <summary>One anchor and one positive of every class of a batch that has two rows: the first two, in the batch's order.</summary>
internal sealed record NPairs(Tensor Anchors, Tensor Positives, long[] Labels)
{
    /// <summary>Pairs, one a class.</summary>
    internal int Count => Labels.Length;

    /// <summary>Picks the pairs; gradients reach the rows.</summary>
    internal static NPairs Of(LossBatch batch)
    {
        var pairs = Enumerable.Range(0, batch.Labels.Length).GroupBy(i => batch.Labels[i]).Where(g => g.Skip(1).Any()).Select(g => (g.Key, First: (long)g.First(), Second: (long)g.Skip(1).First())).ToArray();
        Tensor Rows(IEnumerable<long> places) => batch.Embeddings.index_select(0, tensor(places.ToArray(), ScalarType.Int64).to(batch.Embeddings.device));
        return new(Rows(pairs.Select(p => p.First)), Rows(pairs.Select(p => p.Second)), [.. pairs.Select(p => p.Key)]);
    }

    /// <summary>rho / 4 (mean squared length of the anchors + that of the positives); keeps lengths that no normalisation bounds.</summary>
    internal Tensor Lengths(double rho)
    {
        using var scope = NewDisposeScope();
        return ((Anchors.square().sum(1).mean() + Positives.square().sum(1).mean()) * (rho / 4)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean over rows of log(1 + sum over j other than i of exp(s_ij - s_ii)): cross-entropy of a matrix whose targets are its diagonal.</summary>
    internal static Tensor Multiclass(Tensor logits)
    {
        using var scope = NewDisposeScope();
        return (logits.logsumexp(1) - logits.diagonal()).mean().MoveToOuterDisposeScope();
    }
}
