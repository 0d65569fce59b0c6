using Dml.Api.Generations;

namespace Dml.Api.Gate;

/// <summary>
/// How well one item finds the others with its label: R@1 is 1 if the nearest item has the label;
/// MAP@R = (1/R) sum over i = 1..R of precision@i over the ranks i that are right, R = number of other items with the label
/// (Musgrave, Belongie and Lim 2020, arXiv:2003.08505).
/// </summary>
internal readonly record struct RetrievalScore(string Label, double RecallAt1, double MapAtR)
{
    /// <summary>A score for each item that shares its label with another one, in the order of the items.</summary>
    /// <param name="vectors">Unit vectors, [items, dimension].</param>
    /// <param name="labels">One for each item.</param>
    /// <param name="cancel">Stops.</param>
    public static List<RetrievalScore> Measure(float[] vectors, IReadOnlyList<string> labels, CancellationToken cancel)
    {
        var dimension = labels.Count == 0 ? 0 : vectors.Length / labels.Count;
        var sizes = labels.CountBy(label => label).ToDictionary();
        var scores = new List<RetrievalScore>();
        var likeness = new float[labels.Count];
        var order = new int[labels.Count];
        for (var query = 0; query < labels.Count; query++)
        {
            cancel.ThrowIfCancellationRequested();
            if (sizes[labels[query]] < 2)
            {
                continue;
            }

            var vector = vectors.AsSpan(query * dimension, dimension);
            for (var i = 0; i < labels.Count; i++)
            {
                // Negated, so that an ascending sort puts the best first; the query itself goes last.
                likeness[i] = i == query ? float.PositiveInfinity : -DotProduct.Of(vector, vectors.AsSpan(i * dimension, dimension));
                order[i] = i;
            }

            Array.Sort(likeness, order);
            scores.Add(Score(order, labels, labels[query], sizes[labels[query]] - 1));
        }

        return scores;
    }

    private static RetrievalScore Score(int[] order, IReadOnlyList<string> labels, string label, int relevant)
    {
        var hits = 0;
        var sum = 0.0;
        for (var rank = 0; rank < relevant; rank++)
        {
            if (labels[order[rank]] == label)
            {
                hits++;
                sum += (double)hits / (rank + 1);
            }
        }

        return new RetrievalScore(label, labels[order[0]] == label ? 1 : 0, sum / relevant);
    }
}
