namespace Dml.Index.Tests;

public sealed class UpsertManyTests : IDisposable
{
    private const int Dimension = 24;
    private const int Items = 4000;

    private readonly string _folder = Directory.CreateTempSubdirectory("dml-index-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void One_thread_and_the_same_seed_build_the_same_file()
    {
        var vectors = Vectors.Flat(new TestData(Dimension, clusters: 30, seed: 121).Draw(Items, sorted: true));
        byte[][] files = [.. new long[] { 7, 7, 8 }.Select(seed =>
        {
            var index = new HnswIndex(Dimension, Metric.L2, new HnswOptions { EfConstruction = 60, Seed = seed });
            index.UpsertMany(Vectors.Keys(Items), vectors, threads: 1, cancel: TestContext.Current.CancellationToken);
            var path = Path.Combine(_folder, "index.dml");
            index.Save(path);
            return File.ReadAllBytes(path);
        })];
        Assert.True(files[0].AsSpan().SequenceEqual(files[1]));
        Assert.False(files[0].AsSpan().SequenceEqual(files[2]));
    }

    [Theory]
    [InlineData(VectorCode.Int8)]
    [InlineData(VectorCode.Float32)]
    public void More_threads_build_as_good_an_index(VectorCode code)
    {
        var vectors = Vectors.Flat(new TestData(Dimension, clusters: 200, seed: 122, spread: 0.2f).Draw(Items, sorted: true));
        double[] recalls = [.. new[] { 1, 2, 4 }.Select(threads =>
        {
            var index = new HnswIndex(Dimension, Metric.InnerProduct, new HnswOptions { EfConstruction = 60, Code = code });
            index.UpsertMany(Vectors.Keys(Items), vectors, threads, cancel: TestContext.Current.CancellationToken);
            var report = index.Validate();
            Assert.Empty(report.Faults);
            Assert.True(report.IsSound, $"{report.Unreachable} of {Items} items cannot be reached after {threads} threads");
            return index.MeasureRecall(400, efSearch: 20, cancel: TestContext.Current.CancellationToken).Recall;
        })];
        TestContext.Current.TestOutputHelper?.WriteLine($"recall@10 with 1, 2 and 4 threads: {string.Join(", ", recalls)}");
        Assert.All(recalls, recall => Assert.Equal(recalls[0], recall, 0.01));
    }

    [Fact]
    public void Refuses_what_does_not_fit_and_changes_nothing()
    {
        var cancel = TestContext.Current.CancellationToken;
        var index = new HnswIndex(2, Metric.L2);
        index.Upsert(1, [1, 2]);
        Assert.Throws<ArgumentException>(() => index.UpsertMany(new long[] { 1, 2 }, new float[] { 1, 2, 3 }, cancel: cancel));
        Assert.Throws<ArgumentException>(() => index.UpsertMany(new long[] { 1 }, new float[] { 1, 2, 3, 4 }, cancel: cancel));
        Assert.Throws<ArgumentException>(() => index.UpsertMany(new long[] { 5, 6, 5 }, new float[6], cancel: cancel));
        Assert.Throws<ArgumentException>(() => index.UpsertMany(new long[] { 1, 2 }, new float[] { 9, 9, 9, float.NaN }, cancel: cancel));
        Assert.ThrowsAny<ArgumentException>(() => index.UpsertMany(new long[] { 3 }, new float[2], threads: -1, cancel: cancel));
        Assert.Equal(1, index.Count);
        var vector = new float[2];
        Assert.True(index.TryGetVector(1, vector));
        Assert.Equal([1, 2], vector);
        index.UpsertMany(ReadOnlyMemory<long>.Empty, ReadOnlyMemory<float>.Empty, cancel: cancel);
        Assert.Equal(1, index.Count);
    }

    [Fact]
    public void Replaces_what_is_there()
    {
        var data = new TestData(Dimension, clusters: 30, seed: 123);
        var index = new HnswIndex(Dimension, Metric.L2, new HnswOptions { EfConstruction = 40 });
        var vectors = data.Draw(1000, sorted: false);
        index.UpsertMany(Vectors.Keys(1000), Vectors.Flat(vectors), cancel: TestContext.Current.CancellationToken);
        var others = data.Draw(500, sorted: false);
        index.UpsertMany(Vectors.Keys(500), Vectors.Flat(others), cancel: TestContext.Current.CancellationToken);
        Assert.Equal(1000, index.Count);
        for (var key = 0; key < 1000; key++)
        {
            Assert.Equal(key, Answers.Of(index, key < 500 ? others[key] : vectors[key], 1)[0].Key);
        }

        Assert.True(index.Validate().IsSound);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Cancelled_it_leaves_a_sound_index_with_what_was_done(int threads)
    {
        using var cancel = new CancellationTokenSource();
        var vectors = new TestData(Dimension, clusters: 200, seed: 124, spread: 0.1f).Draw(Items, sorted: true);
        var index = new HnswIndex(Dimension, Metric.L2, new HnswOptions { M = 6, EfConstruction = 40 });
        var progress = new Progress(done =>
        {
            if (done >= 1500)
            {
                cancel.Cancel();
            }
        });
        Assert.ThrowsAny<OperationCanceledException>(
            () => index.UpsertMany(Vectors.Keys(Items), Vectors.Flat(vectors), threads, progress, cancel.Token));
        Assert.InRange(index.Count, 1500 - threads, Items - 1);
        Assert.Empty(index.Validate().Faults);
        var kept = new float[Dimension];
        var found = 0;
        for (var key = 0; key < Items; key++)
        {
            if (index.TryGetVector(key, kept))
            {
                found++;
                Assert.Equal(vectors[key], kept);
            }
        }

        Assert.Equal(index.Count, found);
        Assert.True(index.Validate().IsSound, $"{index.Validate().Unreachable} of {found} items cannot be reached");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Progress_ends_at_the_count(int threads)
    {
        var reported = new List<int>();
        var progress = new Progress(done =>
        {
            lock (reported)
            {
                reported.Add(done);
            }
        });
        var index = new HnswIndex(Dimension, Metric.L2, new HnswOptions { EfConstruction = 10 });
        var vectors = Vectors.Flat(new TestData(Dimension, clusters: 3, seed: 125).Draw(1000, sorted: false));
        index.UpsertMany(Vectors.Keys(1000), vectors, threads, progress, TestContext.Current.CancellationToken);
        Assert.Equal([256, 512, 768, 1000], reported.Order());
    }

    [Theory]
    [InlineData(VectorCode.Int8, 0.1f)]
    [InlineData(VectorCode.Int8, 0.2f)]
    [InlineData(VectorCode.Float32, 0.2f)]
    public void One_by_one_the_order_of_classes_changes_little(VectorCode code, float spread)
    {
        // Enough of them that a search of the default width walks.
        const int Many = 6000;
        var vectors = new TestData(Dimension, clusters: 100, seed: 126, spread).Draw(Many, sorted: true);
        int[] shuffled = [.. Enumerable.Range(0, Many)];
        new Random(127).Shuffle(shuffled);
        var sorted = RecallOf(Enumerable.Range(0, Many));
        var mixed = RecallOf(shuffled);
        TestContext.Current.TestOutputHelper?.WriteLine($"recall@10 sorted {sorted:f4}, shuffled {mixed:f4}");
        Assert.True(sorted >= mixed - 0.01, $"recall@10 is {sorted:f4} in the order of classes and {mixed:f4} in a random one");
        Assert.True(mixed >= 0.9, $"recall@10 is {mixed:f4}, at least 0.9 was expected");

        double RecallOf(IEnumerable<int> order)
        {
            var index = new HnswIndex(Dimension, Metric.InnerProduct, new HnswOptions { Code = code });
            foreach (var key in order)
            {
                index.Upsert(key, vectors[key]);
            }

            return index.MeasureRecall(1000, cancel: TestContext.Current.CancellationToken).Recall;
        }
    }

    [Fact]
    public void Copies_that_come_at_the_same_time_share_one_slot()
    {
        var distinct = new TestData(Dimension, clusters: 5, seed: 128).Draw(20, sorted: false);
        float[][] vectors = [.. Enumerable.Range(0, 4000).Select(key => distinct[key % 20])];
        var index = new HnswIndex(Dimension, Metric.L2);
        index.UpsertMany(Vectors.Keys(4000), Vectors.Flat(vectors), threads: 4, cancel: TestContext.Current.CancellationToken);
        var report = index.Validate();
        Assert.True(report.IsSound);
        Assert.Equal((4000, 20, 0), (report.Items, report.LiveSlots, report.Duplicates));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => 3L + (20 * i)), Answers.Of(index, distinct[3], 200).Select(hit => hit.Key));
    }

    private sealed class Progress(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
