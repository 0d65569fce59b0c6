using System.Globalization;
using Dml.Training.Data;
using Dml.Training.Evaluation;
using Dml.Training.Tests.Evaluation;

namespace Dml.Training.Tests.Docs;

/// <summary>What the documentation says of datasets and figures is what the tables say.</summary>
public class DocumentationTests
{
    private static string[] Lines(string name) => File.ReadAllLines(Path.Combine(Repository.Folder, "docs", name));

    // The cells of the table under this heading line, row by row.
    private static string[][] Table(string name, string heading) =>
        [
            .. Lines(name)
                .SkipWhile(line => line != heading)
                .Skip(2)
                .TakeWhile(line => line.StartsWith('|'))
                .Select(line => line.Trim('|', ' ').Split(" | ")),
        ];

    [Fact]
    public void Datasets_are_those_of_the_table()
    {
        var rows = Table("datasets.md", "| name | what it is | expected on disk | split | where it comes from |");

        Assert.Equal(
            DatasetCatalogue
                .All.Select(d => d.About)
                .Select(a => (string[])[$"`{a.Name}`", a.Paper, string.Join("<br>", a.Layout.Select(l => $"`{l}`")), a.Split, a.Source]),
            rows);
    }

    [Fact]
    public void Figures_are_those_of_the_table()
    {
        Assert.Equal(
            FigureCatalogue.All.Select(f => (string[])[f.Name, f.Formula, f.Paper]),
            Table("evaluation.md", "| figure | formula for one query | source |"));
        Assert.Equal(
            [Clustering.NmiName, Clustering.PairF1Name], Table("evaluation.md", "| figure | formula | source |").Select(row => row[0]));
        Assert.Contains(
            $"Always measured: {string.Join(", ", FigureCatalogue.Always)}.", string.Join(' ', Lines("evaluation.md")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_worked_example_is_what_is_measured()
    {
        var heading = "| R@1 | R@2 | R@4 | R-precision | MAP@R | mAP@all | nDCG@2 | nDCG@4 |";
        var names = heading.Trim('|', ' ').Split(" | ");

        var figures = HeldOutEvaluation.Measure(
            RetrievalTests.OnCircle(0, 1, 2.5, 3, 4.2, 7), Protocols.SelfRetrieval([0, 0, 1, 0, 1, 1]), names,
            cancel: TestContext.Current.CancellationToken);

        Assert.Equal(
            names.Select(name => Math.Round(figures[name], 6)),
            Assert.Single(Table("evaluation.md", heading)).Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)));
    }
}
