using Dml.Tests.Shared;
namespace Dml.Index.Tests;

public class ConcurrencyTests
{
    public static MatrixTheoryData<VectorCode, int> CodesAndHits => new(Enum.GetValues<VectorCode>(), [1, 10, 100]);

    [Theory]
    [InlineData("exact")]
    [InlineData("hnsw")]
    public async Task Searches_go_on_while_items_come_and_go_and_nothing_is_lost(string name)
    {
        const int Dimension = 16;
        const int Writers = 3;
        var cancel = TestContext.Current.CancellationToken;
        var data = new TestData(Dimension, clusters: 20, seed: 31);
        var vectors = data.Draw(3000, sorted: false);
        var index = BothIndexes.Makers[name](Dimension, Metric.InnerProduct);
        var expected = new Dictionary<long, float[]>[Writers];
        var done = false;

        Task[] writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => expected[writer] = Write(writer), cancel))];
        Task[] readers = [.. Enumerable.Range(0, 2).Select(reader => Task.Run(() => Read(reader), cancel))];
        await Task.WhenAll(writers).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        Volatile.Write(ref done, true);
        await Task.WhenAll(readers).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);

        var items = expected.SelectMany(part => part).ToDictionary();
        Assert.Equal(items.Count, index.Count);
        var kept = new float[Dimension];
        foreach ((var key, var vector) in items)
        {
            Assert.True(index.TryGetVector(key, kept));
            Assert.Equal(vector, kept);
        }

        var recall = vectors[..200].Average(query => Answers.Recall(
            Answers.Of(index, query, 10, new SearchOptions { EfSearch = 64 }),
            Answers.ByLoop(items, Metric.InnerProduct, query, 10)));

        // So few items are scanned, not walked to.
        Assert.Equal(1, recall);

        // Each writer has keys of its own, so what must be there afterwards does not depend on the order of the threads.
        Dictionary<long, float[]> Write(int writer)
        {
            var random = new Random(32 + writer);
            var mine = new Dictionary<long, float[]>();
            for (var step = 0; step < 1500; step++)
            {
                long key = (random.Next(700) * Writers) + writer;
                if (random.Next(3) == 0)
                {
                    Assert.Equal(mine.Remove(key), index.Remove(key));
                }
                else
                {
                    index.Upsert(key, mine[key] = vectors[random.Next(vectors.Length)]);
                }
            }

            return mine;
        }

        void Read(int reader)
        {
            var random = new Random(41 + reader);
            var neighbors = new Neighbor[10];
            var options = new SearchOptions { Filter = key => key % 2 == 0 };
            while (!Volatile.Read(ref done))
            {
                var found = index.Search(vectors[random.Next(vectors.Length)], neighbors, random.Next(2) == 0 ? options : null);
                for (var i = 1; i < found; i++)
                {
                    Assert.True(neighbors[i - 1].Precedes(neighbors[i]));
                }
            }
        }
    }

    [Theory]
    [InlineData(VectorCode.Int8)]
    [InlineData(VectorCode.Float32)]
    public async Task Bulk_single_writes_and_searches_end_in_a_sound_index(VectorCode code)
    {
        const int Dimension = 16;
        const int Kept = 3000;
        var cancel = TestContext.Current.CancellationToken;
        var data = new TestData(Dimension, clusters: 20, seed: 33, spread: 0.2f);
        var vectors = data.Draw(6000, sorted: true);
        var index = new HnswIndex(Dimension, Metric.L2, new HnswOptions { M = 8, EfConstruction = 40, Code = code });
        var done = false;
        var bulk = Task.Run(() => index.UpsertMany(Vectors.Keys(Kept), Vectors.Flat(vectors[..Kept]), threads: 2, cancel: cancel), cancel);
        var churn = Task.Run(() => Churn(new Random(34)), cancel);
        Task[] readers = [.. Enumerable.Range(0, 2).Select(reader => Task.Run(() => Read(new Random(35 + reader)), cancel))];
        await Task.WhenAll(bulk, churn).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        Volatile.Write(ref done, true);
        await Task.WhenAll(readers).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        var report = index.Validate();
        Assert.Empty(report.Faults);
        Assert.Equal((Kept + 1000, 0), (report.Items, report.Duplicates));
        Assert.True(report.IsSound, $"{report.Unreachable} items cannot be reached");
        var all = Answers.Of(index, vectors[0], 10_000);
        Assert.Equal(Enumerable.Range(0, Kept + 1000).Select(key => (long)key), all.Select(hit => hit.Key).Order());

        // Copies of what the others add come and go; at the end a thousand are there.
        void Churn(Random random)
        {
            for (var round = 0; round < 3; round++)
            {
                for (var key = Kept; key < Kept + 2000; key++)
                {
                    index.Upsert(key, vectors[random.Next(vectors.Length)]);
                }

                for (var key = Kept; key < Kept + 2000; key++)
                {
                    Assert.True(round == 2 && key < Kept + 1000 || index.Remove(key));
                }
            }
        }

        void Read(Random random)
        {
            var neighbors = new Neighbor[20];
            while (!Volatile.Read(ref done))
            {
                var found = index.Search(vectors[random.Next(vectors.Length)], neighbors);
                Assert.Equal(found, neighbors[..found].DistinctBy(hit => hit.Key).Count());
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_item_that_is_updated_is_never_missing(bool othersComeAndGo)
    {
        const int Dimension = 8;
        const int Updated = 300;
        var cancel = TestContext.Current.CancellationToken;
        var vectors = new TestData(Dimension, clusters: 5, seed: 36).Draw(1000, sorted: false);
        var index = new HnswIndex(Dimension, Metric.L2, new HnswOptions { M = 4, EfConstruction = 10 });
        index.UpsertMany(Vectors.Keys(Updated), Vectors.Flat(vectors[..Updated]), cancel: cancel);
        var done = false;
        var writers = new List<Task> { Task.Run(() => Update(new Random(37)), cancel) };
        if (othersComeAndGo)
        {
            writers.Add(Task.Run(() => ComeAndGo(new Random(38)), cancel));
        }

        var among = new KeySet(Enumerable.Range(0, Updated).Select(key => (long)key));
        Func<long, bool> predicate = key => key < Updated;
        Search(Updated * 2, null);
        Search(Updated, new SearchOptions { Among = among });
        Search(Updated, new SearchOptions { Filter = predicate });
        Search(Updated + 10, new SearchOptions { Among = among });
        Search(Updated + 10, new SearchOptions { Filter = predicate });
        Volatile.Write(ref done, true);
        await Task.WhenAll(writers).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);

        // With so few links side by side, writers may part slots from the rest: searches then scan, and compaction links them.
        Assert.Empty(index.Validate().Faults);
        index.Compact();
        Assert.True(index.Validate().IsSound);

        void Search(int k, SearchOptions? options)
        {
            var neighbors = new Neighbor[k];
            for (var i = 0; i < 60; i++)
            {
                var found = index.Search(vectors[i], neighbors, options);
                long[] keys = [.. neighbors[..found].Select(hit => hit.Key).Where(key => key < Updated).Order()];
                Assert.Equal(keys.Distinct(), keys);

                // An item that is added during a scan may take the place of a moving one: then only repetitions are excluded.
                Assert.True(othersComeAndGo || keys.Length == Updated, $"{Updated - keys.Length} items are missing");
            }
        }

        void Update(Random random)
        {
            while (!Volatile.Read(ref done))
            {
                index.Upsert(random.Next(Updated), vectors[random.Next(vectors.Length)]);
            }
        }

        void ComeAndGo(Random random)
        {
            while (!Volatile.Read(ref done))
            {
                long key = Updated + random.Next(100);
                if (!index.Remove(key))
                {
                    index.Upsert(key, vectors[random.Next(vectors.Length)]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(CodesAndHits))]
    public async Task Of_few_items_none_that_stays_is_missed_while_others_move_come_and_go(VectorCode code, int k)
    {
        const int Dimension = 32;
        const int Still = 30;
        const int Moving = 30;
        const int Searches = 4000;
        const float Tolerance = 1e-5f;
        var cancel = TestContext.Current.CancellationToken;
        var vectors = new TestData(Dimension, clusters: 5, seed: 42).Draw(1000, sorted: false);
        var still = Enumerable.Range(0, Still).ToDictionary(key => (long)key, key => vectors[key]);
        var index = new HnswIndex(Dimension, Metric.InnerProduct, new HnswOptions { Code = code });
        foreach ((var key, var vector) in still)
        {
            index.Upsert(key, vector);
        }

        var done = false;
        var writes = 0;
        Task[] writers = [.. Enumerable.Range(0, 2).Select(writer => Task.Run(() => Write(writer), cancel))];
        Task[] readers = [.. Enumerable.Range(0, 2).Select(reader => Task.Run(() => Read(new Random(43 + reader)), cancel))];
        try
        {
            await Task.WhenAll(readers).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        }
        finally
        {
            Volatile.Write(ref done, true);
            await Task.WhenAll(writers).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{2 * Searches} searches, {writes} writes");

        void Read(Random random)
        {
            for (var i = 0; i < Searches; i++)
            {
                var query = vectors[random.Next(vectors.Length)];
                var hits = Answers.Of(index, query, k);
                var last = hits.Length < k ? float.NegativeInfinity : hits[^1].Score;
                HashSet<long> found = [.. hits.Select(hit => hit.Key)];
                Assert.Equal(hits.Length, found.Count);
                Assert.DoesNotContain(
                    Answers.ByLoop(still, Metric.InnerProduct, query, Still),
                    hit => hit.Score > last + Tolerance && !found.Contains(hit.Key));
            }
        }

        // As a catalogue does: an item that was deleted comes back under another key.
        void Write(int writer)
        {
            var random = new Random(45 + writer);
            var mine = new List<long>();
            for (long next = Still + writer; !Volatile.Read(ref done); Interlocked.Increment(ref writes))
            {
                if (mine.Count < Moving / 2)
                {
                    mine.Add(next);
                    index.Upsert(next, vectors[random.Next(Still, vectors.Length)]);
                    next += 2;
                    continue;
                }

                var at = random.Next(mine.Count);
                if (random.Next(3) == 0)
                {
                    Assert.True(index.Remove(mine[at]));
                    mine.RemoveAt(at);
                }
                else
                {
                    index.Upsert(mine[at], vectors[random.Next(Still, vectors.Length)]);
                }
            }
        }
    }

    [Fact]
    public async Task A_search_with_few_matches_ends_while_writes_go_on()
    {
        const int Dimension = 8;
        var cancel = TestContext.Current.CancellationToken;
        var vectors = new TestData(Dimension, clusters: 5, seed: 39).Draw(20_000, sorted: false);
        var index = new HnswIndex(Dimension, Metric.L2, new HnswOptions { M = 4, EfConstruction = 10 });
        index.UpsertMany(Vectors.Keys(vectors.Length), Vectors.Flat(vectors), cancel: cancel);
        var done = false;
        Task[] writers = [.. Enumerable.Range(0, 2).Select(writer => Task.Run(
            () =>
            {
                var random = new Random(writer);
                while (!Volatile.Read(ref done))
                {
                    index.Upsert(10 + random.Next(vectors.Length - 10), vectors[random.Next(vectors.Length)]);
                }
            },
            cancel))];
        var few = new SearchOptions { Filter = key => key < 5 };
        var searches = Task.Run(
            () => vectors[..20].Select(query => Answers.Of(index, query, 10, few).Length).ToArray(),
            cancel);

        // No timing: a search that starts over with every write never ends, and this one is told apart from it by far.
        var first = await Task.WhenAny(searches, Task.Delay(TimeSpan.FromSeconds(60), cancel));
        Volatile.Write(ref done, true);
        await Task.WhenAll(writers).WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        Assert.Same(searches, first);
        Assert.All(await searches, found => Assert.Equal(5, found));
    }
}
