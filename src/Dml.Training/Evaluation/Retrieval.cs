namespace Dml.Training.Evaluation;

/// <summary>Self-retrieval: every picture is a query against all others. Exact search; ranks by (distance, index); a query that no other picture shares its label with is skipped.</summary>
public static class Retrieval
{
    /// <summary>The K of Recall@K that are always measured.</summary>
    public static IReadOnlyList<int> RecallRanks { get; } = [1, 2, 4, 8, 10];

    /// <summary>The K of nDCG@K that are always measured.</summary>
    public static IReadOnlyList<int> NdcgRanks { get; } = [10];

    /// <summary>Measures unit vectors against their labels.</summary>
    /// <param name="vectors">Unit vectors, [labels, dimension].</param>
    /// <param name="labels">Any integers; equal means relevant.</param>
    /// <param name="recallRanks">K of Recall@K; <see cref="RecallRanks"/> when null.</param>
    /// <param name="ndcgRanks">K of nDCG@K; <see cref="NdcgRanks"/> when null.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ArgumentException">The vectors are not a whole number of rows, one per label, or nothing can be measured.</exception>
    public static RetrievalFigures Measure(float[] vectors, IReadOnlyList<int> labels, IReadOnlyList<int>? recallRanks = null, IReadOnlyList<int>? ndcgRanks = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(labels);
        recallRanks ??= RecallRanks;
        ndcgRanks ??= NdcgRanks;
        var dimension = labels.Count == 0 ? 0 : vectors.Length / labels.Count;
        if (dimension == 0 || dimension * labels.Count != vectors.Length)
        {
            throw new ArgumentException($"Expected one vector per label; {vectors.Length} numbers came for {labels.Count} labels.", nameof(vectors));
        }
        var relevant = RelevantOthers(labels);
        var deepest = recallRanks.Concat(ndcgRanks).Max();
        var scores = new double[labels.Count][];
        NearestNeighbours.ForEach(vectors, dimension, query => relevant[query] == 0 ? 0 : Math.Max(deepest, relevant[query]), (query, nearest) =>
        {
            if (relevant[query] == 0)
            {
                return;
            }
            var right = new bool[nearest.Length];
            for (var i = 0; i < nearest.Length; i++)
            {
                right[i] = labels[nearest[i]] == labels[query];
            }
            scores[query] = Score(right, relevant[query], recallRanks, ndcgRanks);
        }, cancel);

        var counted = scores.Where(s => s is not null).ToArray();
        if (counted.Length == 0)
        {
            throw new ArgumentException("No two pictures share a label: there is nothing to retrieve.", nameof(labels));
        }
        double Mean(int column) => counted.Average(s => s[column]);
        return new(
            counted.Length,
            labels.Count - counted.Length,
            recallRanks.Select((k, i) => (k, Mean(2 + i))).ToDictionary(),
            ndcgRanks.Select((k, i) => (k, Mean(2 + recallRanks.Count + i))).ToDictionary(),
            Mean(0),
            Mean(1));
    }

    // R-precision, MAP@R, then the recalls, then the nDCGs.
    private static double[] Score(ReadOnlySpan<bool> right, int relevant, IReadOnlyList<int> recallRanks, IReadOnlyList<int> ndcgRanks)
    {
        var score = new double[2 + recallRanks.Count + ndcgRanks.Count];
        score[0] = RetrievalScores.RPrecision(right, relevant);
        score[1] = RetrievalScores.MapAtR(right, relevant);
        for (var i = 0; i < recallRanks.Count; i++)
        {
            score[2 + i] = RetrievalScores.RecallAt(right, recallRanks[i]);
        }
        for (var i = 0; i < ndcgRanks.Count; i++)
        {
            score[2 + recallRanks.Count + i] = RetrievalScores.NdcgAt(right, ndcgRanks[i], relevant);
        }
        return score;
    }

    private static int[] RelevantOthers(IReadOnlyList<int> labels)
    {
        var sizes = labels.CountBy(label => label).ToDictionary();
        return [.. labels.Select(label => sizes[label] - 1)];
    }
}
