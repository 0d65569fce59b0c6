namespace Dml.Index.Tests;

public class SearchManyTests
{
    [Theory]
    [InlineData(Metric.InnerProduct, 1000, 150, 10)]
    [InlineData(Metric.L2, 1000, 65, 3)]
    [InlineData(Metric.L2, 4, 10, 10)]
    [InlineData(Metric.InnerProduct, 0, 3, 2)]
    public void Answers_as_one_search_after_another(Metric metric, int items, int queries, int k)
    {
        const int Dimension = 200;
        var data = new TestData(Dimension, clusters: 10, seed: 61);
        var index = new ExactIndex(Dimension, metric);
        for (var key = 0; key < items; key++)
        {
            index.Upsert(key, data.Draw());
        }

        index.Remove(items / 2);
        var asked = data.Draw(queries, sorted: false);
        var neighbors = new Neighbor[queries * k];
        var found = index.SearchMany(asked.SelectMany(query => query).ToArray(), k, neighbors, TestContext.Current.CancellationToken);
        for (var query = 0; query < queries; query++)
        {
            var expected = Answers.Of(index, asked[query], k);
            Assert.Equal(expected.Length, found);
            Assert.Equal(expected, neighbors[(query * k)..((query * k) + found)]);
        }
    }

    [Fact]
    public void Refuses_lengths_that_do_not_fit()
    {
        var index = new ExactIndex(3, Metric.L2);
        Assert.Throws<ArgumentException>(() => index.SearchMany(new float[4], 1, new Neighbor[1], TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentException>(() => index.SearchMany(new float[6], 2, new Neighbor[3], TestContext.Current.CancellationToken));
        Assert.ThrowsAny<ArgumentException>(() => index.SearchMany(new float[3], 0, Memory<Neighbor>.Empty, TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentException>(() => index.SearchMany(new float[] { 1, 2, float.NaN }, 1, new Neighbor[1], TestContext.Current.CancellationToken));
    }
}
