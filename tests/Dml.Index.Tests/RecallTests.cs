namespace Dml.Index.Tests;

/// <summary>How much of the truth a search finds, over codes, metrics and widths of the graph.</summary>
public class RecallTests
{
    private const int Dimension = 32;
    private const int Items = 6000;

    public static MatrixTheoryData<VectorCode, Metric, int> Cases =>
        new(Enum.GetValues<VectorCode>(), Enum.GetValues<Metric>(), [4, 12, 32]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Finds_what_the_exact_index_finds(VectorCode code, Metric metric, int m)
    {
        var data = new TestData(Dimension, clusters: 60, seed: 111, unit: metric == Metric.InnerProduct);
        var index = new HnswIndex(Dimension, metric, new HnswOptions { M = m, EfConstruction = 80, Code = code });
        var exact = new ExactIndex(Dimension, metric);
        var vectors = data.Draw(Items, sorted: false);
        index.UpsertMany(Vectors.Keys(Items), Vectors.Flat(vectors), cancel: TestContext.Current.CancellationToken);
        for (var key = 0; key < Items; key++)
        {
            exact.Upsert(key, vectors[key]);
        }

        double recall = 0;
        for (var i = 0; i < 100; i++)
        {
            var query = data.Draw();
            var truth = Answers.Of(exact, query, 10);
            var found = Answers.Of(index, query, 10);
            Assert.Equal(10, found.Length);
            Assert.All(found, hit => Assert.Equal(Score(metric, query, vectors[hit.Key]), hit.Score, 1e-4));
            recall += Answers.Recall(found, truth) / 100;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"recall@10 {recall:f4}");
        var least = m < 8 ? 0.6 : 0.95;
        Assert.True(recall >= least, $"recall@10 is {recall:f4}, at least {least} was expected");
        Assert.True(index.Validate().IsSound);

        // More than there are: all of them, each once.
        var all = Answers.Of(index, vectors[0], Items + 100);
        Assert.Equal(Items, all.Length);
        Assert.Equal(Items, all.DistinctBy(hit => hit.Key).Count());
        Answers.AssertSame(Answers.Of(exact, vectors[0], 50), all[..50]);
    }

    [Fact]
    public void More_effort_finds_more_of_the_truth()
    {
        var data = new TestData(Dimension, clusters: 60, seed: 112);
        var index = new HnswIndex(Dimension, Metric.InnerProduct, new HnswOptions { M = 4, EfConstruction = 20, EfSearch = 10 });
        var exact = new ExactIndex(Dimension, Metric.InnerProduct);
        var vectors = data.Draw(2 * Items, sorted: false);
        index.UpsertMany(Vectors.Keys(vectors.Length), Vectors.Flat(vectors), cancel: TestContext.Current.CancellationToken);
        for (var key = 0; key < vectors.Length; key++)
        {
            exact.Upsert(key, vectors[key]);
        }

        var recalls = new double[3];
        for (var i = 0; i < 100; i++)
        {
            var query = data.Draw();
            var truth = Answers.Of(exact, query, 10);
            int[] efforts = [1, 4, 12];
            for (var e = 0; e < efforts.Length; e++)
            {
                var found = Answers.Of(index, query, 10, new SearchOptions { Effort = efforts[e] });
                Assert.Equal(10, found.Length);
                recalls[e] += Answers.Recall(found, truth) / 100;
                Answers.AssertSame(found, Answers.Of(index, query, 10, new SearchOptions { EfSearch = 10 * efforts[e] }));
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"recall@10 {string.Join(", ", recalls)}");
        Assert.True(recalls[0] + 0.1 < recalls[1] && recalls[1] < recalls[2], string.Join(", ", recalls));
        Assert.Throws<ArgumentOutOfRangeException>(() => Answers.Of(index, vectors[0], 1, new SearchOptions { Effort = 0 }));

        // So much effort is a scan.
        var most = Answers.Of(index, vectors[0], 10, new SearchOptions { Effort = int.MaxValue });
        Answers.AssertSame(Answers.Of(exact, vectors[0], 10), most);
    }

    private static double Score(Metric metric, float[] a, float[] b) => metric == Metric.InnerProduct
        ? a.Zip(b, (x, y) => (double)x * y).Sum()
        : -a.Zip(b, (x, y) => ((double)x - y) * ((double)x - y)).Sum();
}
