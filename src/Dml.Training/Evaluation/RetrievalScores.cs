namespace Dml.Training.Evaluation;

/// <summary>The figures of one query from its ranking.</summary>
internal static class RetrievalScores
{
    /// <summary>1 when a right one is among the first <paramref name="k"/>, else 0.</summary>
    public static double RecallAt(ReadOnlySpan<bool> right, int k) => right[..Math.Min(k, right.Length)].Contains(true) ? 1 : 0;

    /// <summary>(1/R) sum of rel_i over the first R ranks.</summary>
    public static double RPrecision(ReadOnlySpan<bool> right, int relevant) => (double)right[..relevant].Count(true) / relevant;

    /// <summary>(1/R) sum over i = 1..R of Precision@i where rank i is right.</summary>
    public static double MapAtR(ReadOnlySpan<bool> right, int relevant)
    {
        var hits = 0;
        var sum = 0.0;
        for (var i = 0; i < relevant; i++)
        {
            if (right[i])
            {
                hits++;
                sum += (double)hits / (i + 1);
            }
        }
        return sum / relevant;
    }

    /// <summary>Sum over i = 1..K of rel_i / log2(i+1), divided by the best that R right ones can reach.</summary>
    public static double NdcgAt(ReadOnlySpan<bool> right, int k, int relevant)
    {
        var gain = 0.0;
        var ideal = 0.0;
        for (var i = 0; i < Math.Min(k, right.Length); i++)
        {
            var discount = 1 / Math.Log2(i + 2);
            gain += right[i] ? discount : 0;
            ideal += i < relevant ? discount : 0;
        }
        return gain / ideal;
    }
}
