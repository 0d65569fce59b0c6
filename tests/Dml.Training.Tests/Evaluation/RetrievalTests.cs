using Dml.Training.Catalogues;
using Dml.Training.Data;
using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Evaluation;

public class RetrievalTests
{
    private const int Seed = 20;

    // Every line of the table of figures, with a K below, at and above the number of answers.
    private static readonly string[] Figures =
    [
        .. FigureCatalogue.All.SelectMany(family =>
            family.Name.EndsWith('K') ? new[] { 1, 3, 10, 500 }.Select(k => $"{family.Name[..^1]}{k}") : [family.Name]),
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Points on a line become points on a circle, so that the dot product falls as their distance grows.
    internal static float[] OnCircle(params double[] line) =>
        [.. line.SelectMany(x => new[] { (float)Math.Cos(x / 10), (float)Math.Sin(x / 10) })];

    private static EvaluationFigures Measure(float[] vectors, int[] labels, params string[] figures)
        => HeldOutEvaluation.Measure(vectors, Protocols.SelfRetrieval(labels), figures, cancel: Cancel);

    [Fact]
    public void Gives_the_figures_of_the_worked_example()
    {
        var figures = Measure(
            OnCircle(0, 1, 2.5, 3, 4.2, 7), [0, 0, 1, 0, 1, 1], "R@1", "R@2", "R@4", "R-precision", "MAP@R", "mAP@all", "nDCG@2", "nDCG@4");

        Assert.Equal((6, 0), (figures.Queries, figures.LoneQueries));
        Assert.Equal(0.5, figures["R@1"], 6);
        Assert.Equal(0.666667, figures["R@2"], 6);
        Assert.Equal(1, figures["R@4"], 6);
        Assert.Equal(0.333333, figures["R-precision"], 6);
        Assert.Equal(0.291667, figures["MAP@R"], 6);
        Assert.Equal(0.644444, figures["mAP@all"], 6);
        Assert.Equal(0.371049, figures["nDCG@2"], 6);
        Assert.Equal(0.721634, figures["nDCG@4"], 6);
    }

    [Fact]
    public void Gives_every_query_of_the_worked_example_its_own_figures()
    {
        string[] names = ["R@1", "R@2", "R-precision", "MAP@R", "mAP@all", "nDCG@2", "nDCG@4"];
        double[][] expected =
        [
            [1, 1, .5, .5, .833333, .613147, .919721],
            [1, 1, .5, .5, .833333, .613147, .919721],
            [0, 0, 0, 0, .366667, 0, .306574],
            [0, 0, 0, 0, .416667, 0, .570642],
            [0, 1, .5, .25, .583333, .386853, .693426],
            [1, 1, .5, .5, .833333, .613147, .919721],
        ];

        var values = Retrieval.Measure(
            OnCircle(0, 1, 2.5, 3, 4.2, 7), Protocols.SelfRetrieval([0, 0, 1, 0, 1, 1]), [.. names.Select(RetrievalFigure.Of)], Cancel);

        for (var q = 0; q < 6; q++)
        {
            for (var f = 0; f < names.Length; f++)
            {
                Assert.Equal(expected[q][f], values.Values[q][f], 6);
            }
        }
    }

    [Fact]
    public void Leaves_the_query_out_by_its_index_not_by_its_rank()
        // Rows 0 and 1 are the same vector with other labels: the duplicate is query 1's best answer, and query 1 itself is none.
        => Assert.Equal(0, Measure(OnCircle(0, 0, 0.1, 0.2), [0, 1, 1, 0], "R@1")["R@1"]);

    [Fact]
    public void Leaves_out_a_query_whose_label_nothing_else_has()
    {
        var figures = Measure(OnCircle(0, 1, 5), [0, 0, 5], "R@1");

        Assert.Equal((2, 1), (figures.Queries, figures.LoneQueries));
        Assert.Equal(1, figures["R@1"]);
    }

    [Fact]
    public void A_mean_over_classes_counts_every_class_alike()
    {
        // Class 0: 1, 1, 0 (its third picture lies among the others); class 1: 1, 1.
        var vectors = OnCircle(0, 1, 9, 8.9, 9.2);
        int[] labels = [0, 0, 0, 1, 1];
        var queries = HeldOutEvaluation.Measure(vectors, Protocols.SelfRetrieval(labels), ["R@1"], mean: MeanOver.Queries, cancel: Cancel)[
            "R@1"
        ];
        var classes = HeldOutEvaluation.Measure(vectors, Protocols.SelfRetrieval(labels), ["R@1"], mean: MeanOver.Classes, cancel: Cancel)[
            "R@1"
        ];

        // Query 3's nearest is picture 2, of class 0: the values are 1, 1, 0 and 0, 0.
        Assert.Equal(2.0 / 5, queries, 12);
        Assert.Equal((2.0 / 3 + 0) / 2, classes, 12);
    }

    [Fact]
    public void Refuses_what_cannot_be_measured()
    {
        Assert.Throws<ArgumentException>(() => Measure([1, 0, 0, 1], [1, 2], "R@1"));
        Assert.Throws<ArgumentException>(() => Measure([1, 0, 0], [1, 1], "R@1"));
        Assert.Throws<ArgumentException>(() => Measure([], [], "R@1"));
        Assert.Contains(
            "R@K", Assert.Throws<RecipeException>(() => Measure([1, 0, 0, 1], [1, 1], "recall@1")).Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => Measure([1, 0, 0, 1], [1, 1], "R@0"));
    }

    [Theory]
    [InlineData(2, 1, 1, false, false, false)]
    [InlineData(17, 3, 4, false, false, false)]
    [InlineData(75, 5, 9, false, false, false)]
    [InlineData(130, 2, 60, false, false, false)]
    [InlineData(90, 9, 7, true, false, false)]
    [InlineData(90, 17, 7, true, true, false)]
    [InlineData(61, 4, 12, false, false, true)]
    [InlineData(80, 33, 70, true, false, true)]
    public void Every_figure_agrees_with_naive_loops_ties_included(
        int rows, int dimension, int classes, bool roles, bool cameras, bool multiLabel)
    {
        var random = new Random(Seed + rows);
        // Small whole numbers: distances are exact and often equal, and lengths differ.
        var vectors = Enumerable.Range(0, rows * dimension).Select(_ => (float)random.Next(-1, 2)).ToArray();
        LabelledPicture[] pictures =
        [
            .. Enumerable.Range(0, rows).Select(i => new LabelledPicture($"{i}", $"{random.Next(classes)}", () => [])
            {
                Role = roles ? (PictureRole)random.Next(3) : PictureRole.Both,
                Attributes = cameras ? new Dictionary<string, string> { ["camera"] = $"{random.Next(3)}" } : [],
                Labels = multiLabel ? [.. Enumerable.Range(0, 1 + random.Next(4)).Select(_ => $"{random.Next(classes)}").Distinct()] : [],
            }),
        ];

        var figures = HeldOutEvaluation.Measure(vectors, RetrievalProtocol.Of(pictures), Figures, cancel: Cancel);

        foreach (var name in Figures)
        {
            Assert.Equal(NaiveRetrieval.Mean(name, vectors, pictures, dimension), figures[name], 12);
        }
    }
}
