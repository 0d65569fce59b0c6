namespace Dml.Index.Tests;

/// <summary>What only a graph can get wrong, on sets too large for it to scan.</summary>
public class HnswIndexTests
{
    private const int Dimension = 32;

    [Theory]
    [InlineData(Metric.InnerProduct, false, 0.5f)]
    [InlineData(Metric.InnerProduct, true, 0.5f)]
    [InlineData(Metric.InnerProduct, true, 0.05f)]
    [InlineData(Metric.L2, false, 0.5f)]
    [InlineData(Metric.L2, true, 0.5f)]
    [InlineData(Metric.L2, true, 0.05f)]
    public void Finds_what_the_exact_index_finds(Metric metric, bool sorted, float spread)
    {
        var data = new TestData(Dimension, clusters: 100, seed: 11, spread, unit: metric == Metric.InnerProduct);
        var index = new HnswIndex(Dimension, metric);
        var exact = new ExactIndex(Dimension, metric);
        Fill(index, exact, data.Draw(6000, sorted));
        AssertRecall(index, exact, data, 0.95);
    }

    [Fact]
    public void Finds_a_thousand_copies_and_what_lies_behind_them()
    {
        var data = new TestData(Dimension, clusters: 50, seed: 12);
        var index = new HnswIndex(Dimension, Metric.InnerProduct);
        var exact = new ExactIndex(Dimension, Metric.InnerProduct);
        var vectors = data.Draw(5000, sorted: false);
        var copied = vectors[0];
        for (var i = 1000; i < 2000; i++)
        {
            vectors[i] = copied;
        }

        Fill(index, exact, vectors);
        var copies = Answers.Of(index, copied, 100);
        Assert.Equal(100, copies.Length);
        Assert.All(copies, hit => Assert.Equal(1, hit.Score, 1e-5f));
        AssertRecall(index, exact, data, 0.95);
        AssertRecall(index, exact, data, 0.95, key => key % 3 == 0);
        for (var i = 500; i < 1990; i++)
        {
            index.Remove(i);
            exact.Remove(i);
        }

        Assert.Equal([0, 1990, 1991, 1992], Answers.Of(index, copied, 4).Select(hit => hit.Key));
        AssertRecall(index, exact, data, 0.95);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public void Filter_keeps_every_hit_at_every_selectivity(int oneIn)
    {
        var data = new TestData(Dimension, clusters: 50, seed: 13);
        var index = new HnswIndex(Dimension, Metric.InnerProduct);
        var exact = new ExactIndex(Dimension, Metric.InnerProduct);
        Fill(index, exact, data.Draw(5000, sorted: false));
        AssertRecall(index, exact, data, oneIn >= 100 ? 1 : 0.99, key => key % oneIn == 0);
    }

    [Fact]
    public void Filter_on_one_cluster_far_from_the_query_keeps_every_hit()
    {
        var data = new TestData(Dimension, clusters: 20, seed: 14);
        var index = new HnswIndex(Dimension, Metric.InnerProduct);
        var exact = new ExactIndex(Dimension, Metric.InnerProduct);
        Fill(index, exact, data.Draw(4000, sorted: true));
        AssertRecall(index, exact, data, 0.99, key => key is >= 1000 and < 1200);
        AssertRecall(index, exact, data, 0.99, key => key is < 1000 or >= 1200);
    }

    [Fact]
    public void Keeps_its_recall_while_nine_tenths_are_removed_and_others_come()
    {
        var data = new TestData(Dimension, clusters: 50, seed: 15);
        var index = new HnswIndex(Dimension, Metric.InnerProduct);
        var exact = new ExactIndex(Dimension, Metric.InnerProduct);
        var vectors = data.Draw(6000, sorted: true);
        Fill(index, exact, vectors);
        var order = new Random(16);
        int[] keys = [.. Enumerable.Range(0, vectors.Length)];
        order.Shuffle(keys);
        foreach (var key in keys[..5400])
        {
            Assert.True(index.Remove(key));
            Assert.True(exact.Remove(key));
        }

        Assert.Equal(600, index.Count);
        AssertRecall(index, exact, data, 0.95, ef: 20);
        var memory = index.MemoryBytes;
        foreach (var key in keys[..4800])
        {
            index.Upsert(key, vectors[key]);
            exact.Upsert(key, vectors[key]);
        }

        AssertRecall(index, exact, data, 0.95);
        Assert.True(index.MemoryBytes <= memory * 1.01, "slots of removed items are reused");
    }

    [Fact]
    public void Keeps_its_recall_while_every_item_is_replaced_three_times()
    {
        var data = new TestData(Dimension, clusters: 50, seed: 17);
        var index = new HnswIndex(Dimension, Metric.L2);
        var exact = new ExactIndex(Dimension, Metric.L2);
        for (var round = 0; round < 4; round++)
        {
            Fill(index, exact, data.Draw(2500, sorted: round % 2 == 0));
        }

        Assert.Equal(2500, index.Count);
        AssertRecall(index, exact, data, 0.95);
    }

    [Fact]
    public void Survives_the_removal_of_everything()
    {
        var data = new TestData(Dimension, clusters: 20, seed: 18);
        var index = new HnswIndex(Dimension, Metric.InnerProduct);
        var exact = new ExactIndex(Dimension, Metric.InnerProduct);
        for (var round = 0; round < 2; round++)
        {
            Fill(index, exact, data.Draw(2000, sorted: false));
            AssertRecall(index, exact, data, 0.95);
            for (var key = 0; key < 2000; key++)
            {
                Assert.True(index.Remove(key));
                exact.Remove(key);
            }

            Assert.Equal(0, index.Count);
            Assert.Empty(Answers.Of(index, data.Draw(), 10));
        }
    }

    [Fact]
    public void The_same_seed_and_calls_give_the_same_answers()
    {
        var data = new TestData(Dimension, clusters: 10, seed: 19);
        var vectors = data.Draw(1500, sorted: false);
        var options = new HnswOptions { EfSearch = 10 };
        HnswIndex[] indexes = [.. Enumerable.Range(0, 2).Select(_ => new HnswIndex(Dimension, Metric.L2, options))];
        foreach (var index in indexes)
        {
            Fill(index, new ExactIndex(Dimension, Metric.L2), vectors);
        }

        for (var i = 0; i < 50; i++)
        {
            var query = data.Draw();
            Assert.Equal(Answers.Of(indexes[0], query, 10), Answers.Of(indexes[1], query, 10));
        }
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentException>(() => new HnswIndex(4, Metric.L2, new HnswOptions { M = 1 }));
        Assert.Throws<ArgumentException>(() => new HnswIndex(4, Metric.L2, new HnswOptions { EfConstruction = 0 }));
        Assert.Throws<ArgumentException>(() => new HnswIndex(4, Metric.L2, new HnswOptions { EfSearch = 0 }));
        var none = new SearchOptions { EfSearch = 0 };
        Assert.ThrowsAny<ArgumentException>(() => new HnswIndex(1, Metric.L2).Search([1], new Neighbor[1], none));
    }

    private static void Fill(HnswIndex index, ExactIndex exact, float[][] vectors)
    {
        for (var key = 0; key < vectors.Length; key++)
        {
            index.Upsert(key, vectors[key]);
            exact.Upsert(key, vectors[key]);
        }
    }

    private static void AssertRecall(
        HnswIndex index, ExactIndex exact, TestData data, double least, Func<long, bool>? filter = null, int? ef = null)
    {
        var options = new SearchOptions { Filter = filter, EfSearch = ef };
        double recall = 0;
        for (var i = 0; i < 200; i++)
        {
            var query = data.Draw();
            var truth = Answers.Of(exact, query, 10, options);
            var found = Answers.Of(index, query, 10, options);
            Assert.Equal(truth.Length, found.Length);
            Assert.All(found, hit => Assert.True(filter is null || filter(hit.Key)));
            recall += Answers.Recall(found, truth) / 200;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"recall@10 {recall:f4}");
        Assert.True(recall >= least - 1e-9, $"recall@10 is {recall:f4}, at least {least} was expected");
    }
}
