using static TorchSharp.torch;

namespace Dml.Training.Losses.Synthesis;

/// <summary>
/// One anchor and one positive of each of several classes, as K. Sohn's N-pair loss takes them. A batch of more than two rows of a class
/// makes several of them, so that every row takes part.
/// </summary>
internal sealed record NPairs(Tensor Anchors, Tensor Positives, long[] Labels)
{
    /// <summary>Number of pairs, one per class.</summary>
    internal int Count => Labels.Length;

    /// <summary>
    /// The pairs of a batch in its order: the first holds the first two rows of every class, the second the next two, and so on. The last
    /// row of an odd number is paired with the first of its class. A class of one row has no pair.
    /// </summary>
    internal static IReadOnlyList<NPairs> Of(LossBatch batch)
    {
        var rounds = new List<List<(long Label, int Anchor, int Positive)>>();
        foreach (var own in Enumerable.Range(0, batch.Labels.Length).GroupBy(i => batch.Labels[i]).Select(g => g.ToArray()))
        {
            for (var first = 0; own.Length > 1 && first < own.Length; first += 2)
            {
                if (rounds.Count == first / 2)
                {
                    rounds.Add([]);
                }

                rounds[first / 2].Add((batch.Labels[own[first]], own[first], own[(first + 1) % own.Length]));
            }
        }

        return [.. rounds.Select(pairs => new NPairs(
            Rows(pairs.Select(p => (long)p.Anchor)), Rows(pairs.Select(p => (long)p.Positive)), [.. pairs.Select(p => p.Label)]))];

        Tensor Rows(IEnumerable<long> places)
            => batch.Embeddings.index_select(0, tensor(places.ToArray(), ScalarType.Int64).to(batch.Embeddings.device));
    }

    /// <summary>The mean over all pairs of a batch of a loss that is a mean over pairs of different classes; 0 if there are none.</summary>
    internal static Tensor Mean(LossBatch batch, Func<NPairs, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        var sum = batch.Embeddings.sum() * 0;
        var pairs = 0;
        foreach (var round in Of(batch))
        {
            sum += loss(round) * round.Count;
            pairs += round.Count;
        }

        return (sum / Math.Max(1, pairs)).MoveToOuterDisposeScope();
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
