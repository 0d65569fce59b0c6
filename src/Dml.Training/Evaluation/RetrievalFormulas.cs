namespace Dml.Training.Evaluation;

/// <summary>A figure of one query from the ranks of its relevant answers.</summary>
/// <param name="answers">At least one relevant answer.</param>
/// <param name="k">The K of the figure's name; unused where it has none.</param>
internal delegate double RetrievalFormula(RelevantAnswers answers, int k);

/// <summary>The figures of one query; R is the number of its relevant answers, P(i) the precision of the first i ranks.</summary>
internal static class RetrievalFormulas
{
    /// <summary>1 when a relevant answer is among the first K, else 0.</summary>
    public static double Recall(RelevantAnswers answers, int k) => answers.Ranks[0] <= k ? 1 : 0;

    /// <summary>Relevant ones among the first min(K, ranking), divided by that number.</summary>
    public static double Precision(RelevantAnswers answers, int k) => (double)answers.CountWithin(k) / Math.Min(k, answers.Length);

    /// <summary>P(R).</summary>
    public static double RPrecision(RelevantAnswers answers, int k) => (double)answers.CountWithin(answers.Count) / answers.Count;

    /// <summary>(1/R) × sum of P(i) over the relevant ranks i up to R.</summary>
    public static double MapAtR(RelevantAnswers answers, int k) => TruncatedAveragePrecision(answers, answers.Count);

    /// <summary>(1/R) × sum of P(i) over all relevant ranks i.</summary>
    public static double AveragePrecision(RelevantAnswers answers, int k) => TruncatedAveragePrecision(answers, answers.Length);

    /// <summary>(1/R) × sum of P(i) over the relevant ranks i up to K; still divided by R.</summary>
    public static double TruncatedAveragePrecision(RelevantAnswers answers, int k)
    {
        var sum = 0.0;
        for (var i = 0; i < answers.Count && answers.Ranks[i] <= k; i++)
        {
            sum += (i + 1.0) / answers.Ranks[i];
        }

        return sum / answers.Count;
    }

    /// <summary>(1/R) × sum over all relevant ranks i of the greatest P(j), j ≥ i.</summary>
    public static double InterpolatedAveragePrecision(RelevantAnswers answers, int k)
    {
        var (sum, greatest) = (0.0, 0.0);
        for (var i = answers.Count - 1; i >= 0; i--)
        {
            // Between two relevant ranks the precision only falls, so its maximum is at one of them.
            greatest = Math.Max(greatest, (i + 1.0) / answers.Ranks[i]);
            sum += greatest;
        }

        return sum / answers.Count;
    }

    /// <summary>
    /// Sum of (2^grade - 1) / log2(i + 1) over the first K ranks i, divided by the same sum of the best possible ranking.
    /// </summary>
    public static double Ndcg(RelevantAnswers answers, int k)
    {
        var gain = 0.0;
        for (var i = 0; i < answers.Count && answers.Ranks[i] <= k; i++)
        {
            gain += Gain(answers.Grades[i], answers.Ranks[i]);
        }

        return gain / IdealGain(answers.Grades, k);
    }

    /// <summary>R divided by the rank of the last relevant answer.</summary>
    public static double InverseNegativePenalty(RelevantAnswers answers, int k) => (double)answers.Count / answers.Ranks[^1];

    private static double IdealGain(ReadOnlySpan<int> grades, int k)
    {
        // With one label per picture all grades are 1, and there is nothing to sort.
        var best = grades.ContainsAnyExcept(1) ? Sorted(grades) : grades;
        var sum = 0.0;
        for (var rank = 1; rank <= Math.Min(k, best.Length); rank++)
        {
            sum += Gain(best[rank - 1], rank);
        }

        return sum;
    }

    private static int[] Sorted(ReadOnlySpan<int> grades)
    {
        int[] sorted = [.. grades];
        Array.Sort(sorted, static (a, b) => b.CompareTo(a));
        return sorted;
    }

    private static double Gain(int grade, int rank) => (Math.Pow(2, grade) - 1) / Math.Log2(rank + 1);
}
