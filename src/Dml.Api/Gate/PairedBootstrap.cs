namespace Dml.Api.Gate;

/// <summary>
/// The mean of paired differences and its 95 % percentile interval (Efron and Tibshirani 1993, chapter 13). Whole
/// labels are drawn instead of single items: items of one label are correlated, and drawing them one by one would make the
/// interval too narrow.
/// </summary>
internal readonly record struct PairedBootstrap(double Mean, double Low, double High)
{
    private const int Draws = 2000;

    /// <param name="differences">Candidate minus active for each query, with the query's label; at least one.</param>
    public static PairedBootstrap Of(IEnumerable<(string Label, double Difference)> differences)
    {
        var groups = differences.GroupBy(pair => pair.Label, (_, pairs) => Sum(pairs)).ToArray();
        var random = new Random(1);
        var means = new double[Draws];
        for (var draw = 0; draw < Draws; draw++)
        {
            var (sum, count) = (0.0, 0);
            for (var i = 0; i < groups.Length; i++)
            {
                var group = groups[random.Next(groups.Length)];
                sum += group.Sum;
                count += group.Count;
            }

            means[draw] = sum / count;
        }

        Array.Sort(means);
        return new PairedBootstrap(
            groups.Sum(group => group.Sum) / groups.Sum(group => group.Count),
            means[(int)(Draws * 0.025)],
            means[(int)(Draws * 0.975)]);
    }

    private static (double Sum, int Count) Sum(IEnumerable<(string Label, double Difference)> pairs)
    {
        var all = pairs.ToList();
        return (all.Sum(pair => pair.Difference), all.Count);
    }
}
