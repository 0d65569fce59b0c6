using System.Text.Json.Nodes;
using Dml.Training.Catalogues;
using Dml.Training.Comparison;
using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Comparison;

public sealed class LeaderboardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Holm_corrects_as_the_paper_does()
    {
        // Sorted .01 .02 .03 .5: times 4, 3, 2, 1, and never below the one before.
        Assert.Equal([0.06, 0.04, 0.5, 0.06], Leaderboard.Holm([0.03, 0.01, 0.5, 0.02]).Select(p => Math.Round(p, 12)));
        Assert.Equal([1.0, 1.0], Leaderboard.Holm([0.7, 0.8]));
    }

    [Fact]
    public void Methods_stand_in_order_of_their_means_and_differ_where_every_query_does()
    {
        var grid = Grid("base", "same", "better", "noisy", "untrained");
        var random = new Random(5);
        double[] level = [.. Enumerable.Range(0, 200).Select(_ => random.NextDouble())];
        Fill(grid, "base", (_, q) => level[q]);
        Fill(grid, "same", (_, q) => level[q]);
        Fill(grid, "better", (seed, q) => level[q] + 0.02 + (0.001 * seed));
        Fill(grid, "noisy", (seed, q) => level[q] + (seed == 2 ? 0.3 : -0.3));

        var board = Leaderboard.Of(grid);

        Assert.Equal(["better", "base", "same", "noisy"], board.Rows.Select(r => r.Method.Name));
        Assert.Equal(["untrained"], board.Missing);
        var rows = board.Rows.ToDictionary(r => r.Method.Name);
        Assert.Equal(level.Average(), rows["base"].Figure.Value, 1e-12);
        Assert.Null(rows["base"].Difference);
        Assert.Equal(0.022, rows["better"].Difference!.Value, 1e-9);
        Assert.InRange(rows["better"].Difference!.Interval.Low, 0.021, 0.022);
        Assert.True(rows["better"].Difference!.IsSignificant);
        Assert.Equal((0, 1), (rows["same"].Difference!.Value, rows["same"].Difference!.P));
        // The seeds disagree: however sure each is of itself, the method is not.
        Assert.False(rows["noisy"].Difference!.IsSignificant);
        Assert.True(rows["noisy"].Difference!.Interval.High > 0.2);
        Assert.Equal(3, rows["noisy"].BySeed.Count);
        Assert.Contains("| better", LeaderboardTable.ToMarkdown(board), StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_measured_on_other_queries_are_refused()
    {
        var grid = Grid("base", "other");
        Fill(grid, "base", (_, _) => 1);
        Fill(grid, "other", (_, _) => 1, prefix: "x");
        Assert.Contains("other queries", Assert.Throws<RecipeException>(() => Leaderboard.Of(grid)).Message, StringComparison.Ordinal);
    }

    private ComparisonGrid Grid(params string[] methods) =>
        new(
            new ComparisonFile
            {
                Methods =
                [
                    .. methods.Select(name => new ComparisonMethod
                    {
                        Name = name,
                        Set = new JsonObject { ["training.epochs"] = 1 },
                    }),
                ],
                Baseline = methods[0],
            },
            [],
            _folder.Path);

    private static void Fill(ComparisonGrid grid, string method, Func<int, int, double> value, string prefix = "q")
    {
        foreach (var cell in grid.Cells.Where(c => c.Method.Name == method))
        {
            Directory.CreateDirectory(cell.Folder);
            int[] queries = [.. Enumerable.Range(0, 200)];
            new QueryFile(
                ["R@1", "MAP@R"], [.. queries.Select(q => $"{prefix}{q}")], [.. queries.Select(q => "c")],
                [.. queries.Select(q => new[] { 0.5, value(cell.Seed, q) })], []).Save(cell.ResultPath);
        }
    }
}
