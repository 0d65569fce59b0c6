namespace Dml.Training.Evaluation;

/// <summary>Every figure of every query that counts, from which means and intervals are made.</summary>
/// <param name="Figures">The columns.</param>
/// <param name="Values">[queries][figures], in the order of the protocol's queries.</param>
/// <param name="Pictures">Which picture each of those queries is.</param>
/// <param name="Classes">The class of each of those queries.</param>
/// <param name="LoneQueries">Queries left out because no answer is relevant to them.</param>
public sealed record QueryValues(
    IReadOnlyList<RetrievalFigure> Figures, IReadOnlyList<double[]> Values, IReadOnlyList<int> Pictures, IReadOnlyList<int> Classes,
    int LoneQueries)
{
    /// <summary>What every query counts for in a mean; the weights add up to 1.</summary>
    public double[] Weights(MeanOver over)
    {
        if (over == MeanOver.Queries)
        {
            return [.. Enumerable.Repeat(1.0 / Values.Count, Values.Count)];
        }

        var sizes = Classes.CountBy(c => c).ToDictionary();
        return [.. Classes.Select(c => 1.0 / ((double)sizes.Count * sizes[c]))];
    }
}
