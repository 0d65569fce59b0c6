namespace Dml.Index.Tests;

/// <summary>An index that has lived is as good as a fresh one, and no larger than it need be.</summary>
public class ChurnTests
{
    private const int Dimension = 24;
    private const int Items = 4000;

    [Theory]
    [InlineData(VectorCode.Int8)]
    [InlineData(VectorCode.Int4)]
    [InlineData(VectorCode.Float32)]
    public void Ten_rounds_of_removing_and_adding_a_fifth_cost_no_recall(VectorCode code)
    {
        var data = new TestData(Dimension, clusters: 60, seed: 131, spread: 0.3f);
        var random = new Random(132);
        var index = New(code);
        var items = new Dictionary<long, float[]>();
        for (long key = 0; key < Items; key++)
        {
            index.Upsert(key, items[key] = data.Draw());
        }

        long next = Items;
        for (var round = 0; round < 10; round++)
        {
            long[] keys = [.. items.Keys];
            random.Shuffle(keys);
            foreach (var key in keys[..(Items / 5)])
            {
                Assert.True(index.Remove(key));
                items.Remove(key);
            }

            for (var i = 0; i < Items / 5; i++, next++)
            {
                // Half of them come back under their old keys.
                var key = i % 2 == 0 ? keys[i] : next;
                index.Upsert(key, items[key] = data.Draw());
            }

            var report = index.Validate();
            Assert.Empty(report.Faults);
            Assert.True(report.IsSound, $"{report.Unreachable} items cannot be reached after round {round}");
            Assert.Equal((Items, Items), (report.Items, report.LiveSlots));

            // What a round removes, what a sweep waits for, and what comes during a sweep.
            var slots = report.LiveSlots + report.RemovedSlots + report.FreeSlots;
            Assert.True(slots <= Items * 1.25, $"{slots} slots for {Items} items after round {round}");
        }

        var fresh = New(code);
        foreach ((var key, var vector) in items)
        {
            fresh.Upsert(key, vector);
        }

        var lived = Recall(index);
        var built = Recall(fresh);
        TestContext.Current.TestOutputHelper?.WriteLine($"recall@10 after churn {lived:f4}, rebuilt {built:f4}");
        Assert.True(lived >= built - 0.01, $"recall@10 is {lived:f4} after churn, rebuilt {built:f4}");
    }

    [Fact]
    public void A_whole_cluster_may_go_and_come_back()
    {
        var data = new TestData(Dimension, clusters: 10, seed: 133, spread: 0.1f);
        var vectors = data.Draw(3000, sorted: true);
        var index = New(VectorCode.Int8);
        index.UpsertMany(Vectors.Keys(3000), Vectors.Flat(vectors), cancel: TestContext.Current.CancellationToken);
        for (var cluster = 0; cluster < 10; cluster++)
        {
            for (var key = cluster * 300; key < (cluster + 1) * 300; key++)
            {
                Assert.True(index.Remove(key));
            }

            var others = Answers.Of(index, vectors[cluster * 300], 50);
            Assert.Equal(50, others.Length);
            Assert.All(others, hit => Assert.False(hit.Key / 300 == cluster));
            for (var key = cluster * 300; key < (cluster + 1) * 300; key++)
            {
                index.Upsert(key, vectors[key]);
            }

            Assert.True(index.Validate().IsSound);
            Assert.Equal(cluster * 300, Answers.Of(index, vectors[cluster * 300], 1)[0].Key);
        }

        var fresh = New(VectorCode.Int8);
        fresh.UpsertMany(Vectors.Keys(3000), Vectors.Flat(vectors), cancel: TestContext.Current.CancellationToken);
        var lived = index.MeasureRecall(400, cancel: TestContext.Current.CancellationToken).Recall;
        var built = fresh.MeasureRecall(400, cancel: TestContext.Current.CancellationToken).Recall;
        TestContext.Current.TestOutputHelper?.WriteLine($"recall@10 {lived:f4}, rebuilt {built:f4}");
        Assert.True(lived >= built - 0.01, $"recall@10 is {lived:f4}, rebuilt {built:f4}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    [InlineData(2500)]
    public void Everything_may_go_and_come_back(int items)
    {
        var data = new TestData(Dimension, clusters: 10, seed: 134);
        var index = New(VectorCode.Int8);
        for (var round = 0; round < 4; round++)
        {
            var vectors = data.Draw(items, sorted: false);
            for (var key = 0; key < items; key++)
            {
                index.Upsert(key, vectors[key]);
            }

            Assert.True(index.Validate().IsSound);
            for (var key = 0; key < items; key += 7)
            {
                Assert.Equal(key, Answers.Of(index, vectors[key], 1)[0].Key);
            }

            for (var key = 0; key < items; key++)
            {
                Assert.True(index.Remove(key));
                Assert.False(index.Remove(key));
            }

            Assert.Equal(0, index.Count);
            Assert.Empty(Answers.Of(index, vectors[0], 5));
            Assert.True(index.Validate().IsSound);
        }
    }

    [Theory]
    [InlineData(VectorCode.Int8)]
    [InlineData(VectorCode.Int4)]
    [InlineData(VectorCode.Float32)]
    public async Task Compact_keeps_the_items_and_gives_memory_back_while_searches_go_on(VectorCode code)
    {
        var data = new TestData(Dimension, clusters: 40, seed: 135);
        var vectors = data.Draw(Items, sorted: false);

        // A few copies, so that slots are shared.
        vectors[7] = vectors[8] = vectors[9];
        var index = New(code);
        index.UpsertMany(Vectors.Keys(Items), Vectors.Flat(vectors), cancel: TestContext.Current.CancellationToken);
        for (var key = 0; key < Items; key++)
        {
            if (key % 5 is 0 or 1)
            {
                index.Remove(key);
            }
        }

        var recallBefore = Recall(index);
        var memoryBefore = index.MemoryBytes;
        var count = index.Count;
        var done = false;
        var searches = Task.Run(
            () =>
            {
                for (var i = 0; !Volatile.Read(ref done) || i < 100; i++)
                {
                    Assert.Equal(10, Answers.Of(index, vectors[i % Items], 10).DistinctBy(hit => hit.Key).Count());
                }
            },
            TestContext.Current.CancellationToken);
        index.Compact();
        Volatile.Write(ref done, true);
        await searches;
        var report = index.Validate();
        Assert.True(report.IsSound, $"{report.Unreachable} items cannot be reached");
        Assert.Equal((count, 0, 0), (report.Items, report.RemovedSlots, report.FreeSlots));
        Assert.True(index.MemoryBytes < memoryBefore * 0.75, $"{index.MemoryBytes} bytes, {memoryBefore} before");
        Assert.True(Recall(index) >= recallBefore - 0.005, $"recall@10 is {Recall(index):f4}, {recallBefore:f4} before");
        var kept = new float[Dimension];
        for (var key = 0; key < Items; key++)
        {
            Assert.Equal(key % 5 is not (0 or 1), index.TryGetVector(key, kept));
            Assert.True(key % 5 is 0 or 1 || kept.AsSpan().SequenceEqual(vectors[key]));
        }

        Assert.Equal([7, 8, 9], Answers.Of(index, vectors[7], 3).Select(hit => hit.Key));

        // Life goes on.
        index.Remove(8);
        index.Upsert(-1, vectors[7]);
        Assert.Equal([-1, 7, 9], Answers.Of(index, vectors[7], 3).Select(hit => hit.Key));
        Assert.True(index.Validate().IsSound);
    }

    [Fact]
    public void An_empty_index_may_be_compacted()
    {
        var index = New(VectorCode.Int8);
        index.Compact();
        index.Upsert(1, new float[Dimension].Select(_ => 1f).ToArray());
        index.Remove(1);
        index.Compact();
        Assert.Equal(0, index.Count);
        Assert.True(index.Validate().IsSound);
    }

    private static HnswIndex New(VectorCode code) =>
        new(Dimension, Metric.InnerProduct, new HnswOptions { M = 12, EfConstruction = 60, Code = code });

    private static double Recall(HnswIndex index) =>
        index.MeasureRecall(400, efSearch: 24, cancel: TestContext.Current.CancellationToken).Recall;
}
