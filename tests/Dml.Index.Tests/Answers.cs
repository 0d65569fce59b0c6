namespace Dml.Index.Tests;

/// <summary>What an index answers, beside what a plain loop over all vectors would.</summary>
internal static class Answers
{
    public static Neighbor[] Of(IVectorIndex index, float[] query, int k, SearchOptions? options = null)
    {
        var neighbors = new Neighbor[k];
        return neighbors[..index.Search(query, neighbors, options)];
    }

    /// <summary>The oracle that shares no code with the indexes: score everything, sort, take k.</summary>
    public static Neighbor[] ByLoop(
        IReadOnlyDictionary<long, float[]> items, Metric metric, float[] query, int k, Func<long, bool>? filter = null) =>
        [.. items
            .Where(item => filter is null || filter(item.Key))
            .Select(item => new Neighbor(item.Key, (float)Score(metric, query, item.Value)))
            .OrderByDescending(hit => hit.Score)
            .ThenBy(hit => hit.Key)
            .Take(k)];

    /// <summary>Share of the k best scores that were found; of equal items any will do.</summary>
    public static double Recall(Neighbor[] found, Neighbor[] truth) =>
        truth.Length == 0 ? 1 : found.Count(hit => hit.Score >= truth[^1].Score - 1e-5f) / (double)truth.Length;

    public static void AssertSame(Neighbor[] expected, Neighbor[] actual)
    {
        Assert.Equal(expected.Select(hit => hit.Key), actual.Select(hit => hit.Key));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-4f));
    }

    private static double Score(Metric metric, float[] a, float[] b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += metric == Metric.InnerProduct ? (double)a[i] * b[i] : -((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        }

        return sum;
    }
}
