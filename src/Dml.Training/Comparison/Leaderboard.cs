using Dml.Training.Catalogues;
using Dml.Training.Evaluation;
using Dml.Training.Numerics;

namespace Dml.Training.Comparison;

/// <summary>
/// The methods of a comparison, best first. Uncertainty has two sources, the seed and the queries, so the bootstrap resamples both:
/// every resample takes as many seeds and as many queries with replacement, the same ones for all methods, which pairs their differences
/// (B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, chapters 8 and 16). P values are corrected by S. Holm, A Simple
/// Sequentially Rejective Multiple Test Procedure, 1979.
/// </summary>
/// <param name="Figure">The figure that orders it.</param>
/// <param name="Rows">Best first.</param>
/// <param name="Missing">Methods without a finished training.</param>
public sealed record Leaderboard(string Figure, IReadOnlyList<LeaderboardRow> Rows, IReadOnlyList<string> Missing)
{
    private const int Resamples = 2000;
    private const int Seed = 1;

    /// <summary>From the cells that are done.</summary>
    /// <exception cref="RecipeException">The figure was not measured, or the rows were measured on different queries.</exception>
    public static Leaderboard Of(ComparisonGrid grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        var results = grid
            .Cells.Where(c => c.IsDone)
            .GroupBy(c => c.Method)
            .ToDictionary(g => g.Key.Name, g => g.Select(c => c.ReadResult()).ToArray());
        var missing = grid.File.Methods.Select(m => m.Name).Where(name => !results.ContainsKey(name)).ToArray();
        if (results.Count == 0)
        {
            return new(grid.File.Figure, [], missing);
        }

        Check(results, grid.File.Figure);
        var means = Resample(results, grid.File.Figure);
        var tested = grid
            .File.Methods.Where(m => results.ContainsKey(m.Name) && results.ContainsKey(Against(m)) && Against(m) != m.Name)
            .ToArray();
        var p = Holm([.. tested.Select(m => P(means[m.Name], means[Against(m)]))])
            .Zip(tested)
            .ToDictionary(pair => pair.Second.Name, pair => pair.First);
        var rows = grid
            .File.Methods.Where(m => results.ContainsKey(m.Name))
            .Select(m => Row(m, p.TryGetValue(m.Name, out var value) ? value : null));
        return new(
            grid.File.Figure, [.. rows.OrderByDescending(r => r.Figure.Value).ThenBy(r => r.Method.Name, StringComparer.Ordinal)], missing);

        string Against(ComparisonMethod method) => method.Against ?? grid.File.Baseline;

        LeaderboardRow Row(ComparisonMethod method, double? corrected)
        {
            var (name, own) = (method.Name, results[method.Name]);
            var others = own[0].Figures.Where(f => f != grid.File.Figure).Select(f => new Figure(f, own.Average(r => Mean(r, f))));
            PairedDifference? difference = null;
            if (corrected is { } holm)
            {
                var other = results[Against(method)];
                double[] resampled = [.. means[name].Zip(means[Against(method)], (a, b) => a - b)];
                difference = new(
                    Against(method), own.Average(r => Mean(r, grid.File.Figure)) - other.Average(r => Mean(r, grid.File.Figure)),
                    Bootstrap.Middle(resampled), holm);
            }

            double[] bySeed = [.. own.Select(r => Mean(r, grid.File.Figure))];
            return new(
                method, own.Length, new(grid.File.Figure, bySeed.Average(), Bootstrap.Middle(means[name])), bySeed, [.. others],
                difference);
        }
    }

    /// <summary>Holm's step-down: the smallest of n p values times n, the next times n - 1, and none below the one before.</summary>
    internal static double[] Holm(double[] values)
    {
        var corrected = new double[values.Length];
        var highest = 0.0;
        foreach (var (place, i) in Enumerable.Range(0, values.Length).OrderBy(i => values[i]).Select((i, place) => (place, i)))
        {
            highest = Math.Max(highest, Math.Min(1, values[i] * (values.Length - place)));
            corrected[i] = highest;
        }

        return corrected;
    }

    private static double Mean(QueryFile result, string figure)
    {
        var column = result.Column(figure);
        return result.Values.Average(row => row[column]);
    }

    // [method][resample]
    private static Dictionary<string, double[]> Resample(Dictionary<string, QueryFile[]> results, string figure)
    {
        var values = results.ToDictionary(
            r => r.Key, r => r.Value.Select(file => file.Values.Select(row => row[file.Column(figure)]).ToArray()).ToArray());
        var (queries, seeds) = (values.First().Value[0].Length, values.Max(v => v.Value.Length));
        var means = values.ToDictionary(v => v.Key, _ => new double[Resamples]);
        Parallel.For(0, Resamples, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, r =>
        {
            var random = new Random(Seeds.Mix(Seed, r));
            double[] drawnSeeds = [.. Enumerable.Range(0, seeds).Select(_ => random.NextDouble())];
            int[] drawnQueries = [.. Enumerable.Range(0, queries).Select(_ => random.Next(queries))];
            foreach (var (name, own) in values)
            {
                var sum = 0.0;
                foreach (var draw in drawnSeeds)
                {
                    var seed = own[(int)(draw * own.Length)];
                    foreach (var query in drawnQueries)
                    {
                        sum += seed[query];
                    }
                }

                means[name][r] = sum / (seeds * (double)queries);
            }
        });
        return means;
    }

    private static double P(double[] method, double[] other)
    {
        var (below, above) = (0, 0);
        for (var r = 0; r < method.Length; r++)
        {
            below += method[r] <= other[r] ? 1 : 0;
            above += method[r] >= other[r] ? 1 : 0;
        }

        return Math.Min(1, 2 * (1.0 + Math.Min(below, above)) / (method.Length + 1));
    }

    private static void Check(Dictionary<string, QueryFile[]> results, string figure)
    {
        var first = results.First().Value[0];
        if (!first.Figures.Contains(figure))
        {
            throw new RecipeException(
                $"comparison: '{figure}' was not measured; these were: {string.Join(", ", first.Figures)}. Name it in the recipe's "
                    + $"evaluation.figures.");
        }

        if (results.FirstOrDefault(r => r.Value.Any(file => !file.Queries.SequenceEqual(first.Queries))) is { Key: { } other })
        {
            throw new RecipeException(
                $"comparison: '{other}' was measured on other queries than '{results.First().Key}'; rows must share dataset and split.");
        }
    }
}
