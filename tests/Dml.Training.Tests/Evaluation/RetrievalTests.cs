using Dml.Training.Evaluation;

namespace Dml.Training.Tests.Evaluation;

public class RetrievalTests
{
    private const int Seed = 20;

    // Points on a line become points on a circle, so that the dot product falls as their distance grows.
    private static float[] OnCircle(params double[] line) => [.. line.SelectMany(x => new[] { (float)Math.Cos(x / 10), (float)Math.Sin(x / 10) })];

    [Fact]
    public void Gives_the_figures_of_the_worked_example()
    {
        var figures = Retrieval.Measure(OnCircle(0, 1, 2.5, 3, 4.2, 7), [0, 0, 1, 0, 1, 1], [1, 2, 4], [2, 4], TestContext.Current.CancellationToken);

        Assert.Equal(6, figures.Queries);
        Assert.Equal(0, figures.LoneQueries);
        Assert.Equal(0.5, figures.RecallAt[1], 6);
        Assert.Equal(0.666667, figures.RecallAt[2], 6);
        Assert.Equal(1, figures.RecallAt[4], 6);
        Assert.Equal(0.333333, figures.RPrecision, 6);
        Assert.Equal(0.291667, figures.MapAtR, 6);
        Assert.Equal(0.371049, figures.NdcgAt[2], 6);
        Assert.Equal(0.721634, figures.NdcgAt[4], 6);
    }

    [Fact]
    public void Leaves_the_query_out_by_its_index_not_by_its_rank()
    {
        // Rows 0 and 1 are the same vector with other labels: the duplicate is query 1's best hit, and query 1 itself is not.
        var figures = Retrieval.Measure(OnCircle(0, 0, 0.1, 0.2), [0, 1, 1, 0], [1], [1], TestContext.Current.CancellationToken);

        Assert.Equal(0, figures.RecallAt[1]);
    }

    [Fact]
    public void Skips_a_query_whose_label_nothing_else_has()
    {
        var figures = Retrieval.Measure(OnCircle(0, 1, 5), [0, 0, 5], [1], [1], TestContext.Current.CancellationToken);

        Assert.Equal(2, figures.Queries);
        Assert.Equal(1, figures.LoneQueries);
        Assert.Equal(1, figures.RecallAt[1]);
    }

    [Fact]
    public void Refuses_what_cannot_be_measured()
    {
        var cancel = TestContext.Current.CancellationToken;
        Assert.Throws<ArgumentException>(() => Retrieval.Measure([1, 0, 0, 1], [1, 2], cancel: cancel));
        Assert.Throws<ArgumentException>(() => Retrieval.Measure([1, 0, 0], [1, 1], cancel: cancel));
        Assert.Throws<ArgumentException>(() => Retrieval.Measure([], [], cancel: cancel));
    }

    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(17, 3, 4)]
    [InlineData(75, 5, 9)]
    [InlineData(130, 2, 60)]
    public void Agrees_with_naive_loops_ties_included(int rows, int dimension, int classes)
    {
        var random = new Random(Seed + rows);
        // Small whole numbers: dot products are exact and often equal.
        var vectors = Enumerable.Range(0, rows * dimension).Select(_ => (float)random.Next(-1, 2)).ToArray();
        var labels = Enumerable.Range(0, rows).Select(_ => random.Next(classes)).ToArray();

        var figures = Retrieval.Measure(vectors, labels, [1, 2, 8, 200], [3, 10], TestContext.Current.CancellationToken);

        Assert.Equal(NaiveRetrieval.RecallAt(vectors, labels, dimension, 1), figures.RecallAt[1], 12);
        Assert.Equal(NaiveRetrieval.RecallAt(vectors, labels, dimension, 2), figures.RecallAt[2], 12);
        Assert.Equal(NaiveRetrieval.RecallAt(vectors, labels, dimension, 8), figures.RecallAt[8], 12);
        Assert.Equal(NaiveRetrieval.RecallAt(vectors, labels, dimension, 200), figures.RecallAt[200], 12);
        Assert.Equal(NaiveRetrieval.MapAtR(vectors, labels, dimension), figures.MapAtR, 12);
        Assert.Equal(NaiveRetrieval.RPrecision(vectors, labels, dimension), figures.RPrecision, 12);
        Assert.Equal(NaiveRetrieval.NdcgAt(vectors, labels, dimension, 3), figures.NdcgAt[3], 12);
        Assert.Equal(NaiveRetrieval.NdcgAt(vectors, labels, dimension, 10), figures.NdcgAt[10], 12);
    }
}
