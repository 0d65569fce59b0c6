using Dml.Tests.Shared;

namespace Dml.Index.Tests;

/// <summary>Searches for some of the items, few or many, near the query or far from it.</summary>
public class FilterTests
{
    private const int Dimension = 24;
    private const int Items = 20_000;
    private const int Clusters = 50;

    private static readonly Lazy<(HnswIndex Index, ExactIndex Exact)> Filled = new(Fill);

    public static MatrixTheoryData<double, bool> Cases => new([0.0001, 0.001, 0.01, 0.1, 0.5, 0.99, 1], [false, true]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Finds_what_the_exact_index_finds_and_nothing_that_does_not_match(double share, bool inClusters)
    {
        (var index, var exact) = Filled.Value;
        var data = new TestData(Dimension, Clusters, seed: 101);
        var random = new Random(102);

        // Items are sorted by cluster: the first keys are one corner of the space, and most queries come from elsewhere.
        var matches = (int)(Items * share);
        long[] keys = [.. Enumerable.Range(0, Items).Select(key => (long)key)];
        if (!inClusters)
        {
            random.Shuffle(keys);
        }

        var matching = new KeySet(keys[..matches]);
        Func<long, bool> predicate = matching.Contains;
        var even = new KeySet(keys[..matches].Where(key => key % 2 == 0));
        SearchOptions[] filters =
        [
            new() { Filter = predicate },
            new() { Among = matching },
            new() { Among = matching, Filter = key => key % 2 == 0 },
            new() { Among = even, Filter = predicate },
        ];
        foreach (var filter in filters)
        {
            double recall = 0;
            for (var i = 0; i < 50; i++)
            {
                var query = data.Draw();
                var truth = Answers.Of(exact, query, 10, filter);
                var found = Answers.Of(index, query, 10, filter);
                Assert.Equal(truth.Length, found.Length);
                Assert.All(found, hit => Assert.True(
                    (filter.Among?.Contains(hit.Key) ?? true) && (filter.Filter?.Invoke(hit.Key) ?? true)));
                recall += Answers.Recall(found, truth) / 50;
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"recall@10 {recall:f4}");
            Assert.True(recall >= 0.95, $"recall@10 is {recall:f4}, at least 0.95 was expected");
        }
    }

    // The query lies in the middle of what does not match: in one of many clusters, or in one that half of the items are in.
    [Theory]
    [InlineData(0.02, false)]
    [InlineData(0.1, false)]
    [InlineData(0.5, false)]
    [InlineData(0.9, false)]
    [InlineData(0.02, true)]
    [InlineData(0.1, true)]
    [InlineData(0.5, true)]
    [InlineData(0.98, true)]
    public void Finds_what_lies_elsewhere(double share, bool hasCrowd)
    {
        var data = new TestData(Dimension, Clusters, seed: 105);
        int[] clusters = hasCrowd
            ? [.. Enumerable.Range(0, Items).Select(i => i % 2 == 0 ? Clusters - 1 : i / 2 % Clusters)]
            : [.. Enumerable.Range(0, Items).Select(i => i % Clusters)];
        (var index, var exact) = Fill([.. clusters.Select(data.Draw)]);
        var matching = new KeySet(Enumerable.Range(0, Items).Where(i => clusters[i] < share * (Clusters - 1)).Select(key => (long)key));
        SearchOptions[] filters = [new() { Among = matching }, new() { Filter = matching.Contains }];
        foreach (var filter in filters)
        {
            double recall = 0;
            for (var i = 0; i < 50; i++)
            {
                var query = data.Draw(Clusters - 1);
                var found = Answers.Of(index, query, 10, filter);
                Assert.Equal(10, found.Length);
                Assert.All(found, hit => Assert.True(matching.Contains(hit.Key)));
                recall += Answers.Recall(found, Answers.Of(exact, query, 10, filter)) / 50;
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"recall@10 {recall:f4}");
            Assert.True(recall >= 0.9, $"recall@10 is {recall:f4}, at least 0.9 was expected");
        }
    }

    [Fact]
    public void Keys_that_no_item_has_do_not_matter()
    {
        (var index, _) = Filled.Value;
        var data = new TestData(Dimension, Clusters, seed: 103);
        var among = new KeySet(Enumerable.Range(Items - 5, 40_000).Select(key => (long)key));
        Assert.Equal(5, Answers.Of(index, data.Draw(), 10, new SearchOptions { Among = among }).Length);
        Assert.Empty(Answers.Of(index, data.Draw(), 10, new SearchOptions { Among = new KeySet([Items + 1L]) }));
        Assert.Empty(Answers.Of(index, data.Draw(), 10, new SearchOptions { Among = new KeySet([]) }));
        Assert.Empty(Answers.Of(index, data.Draw(), 10, new SearchOptions { Filter = _ => false }));
    }

    [Fact]
    public void A_filtered_search_allocates_nothing()
    {
        (var index, _) = Filled.Value;
        var data = new TestData(Dimension, Clusters, seed: 104);
        var queries = data.Draw(100, sorted: false);
        SearchOptions?[] options =
        [
            null,
            new() { Filter = key => key % 2 == 0 },
            new() { Filter = key => key % 1000 == 0 },
            new() { Among = new KeySet(Enumerable.Range(0, Items / 2).Select(key => 2L * key)) },
            new() { Among = new KeySet([1, 5, 700, 19_999]) },
            new() { EfSearch = 300 },
        ];
        var neighbors = new Neighbor[10];
        SearchAll();
        SearchAll();
        Assert.Equal(0, Allocations.Of(() =>
        {
            SearchAll();
            SearchAll();
        }));

        void SearchAll()
        {
            foreach (var one in options)
            {
                foreach (var query in queries)
                {
                    index.Search(query, neighbors, one);
                }
            }
        }
    }

    private static (HnswIndex Index, ExactIndex Exact) Fill() =>
        Fill(new TestData(Dimension, Clusters, seed: 101).Draw(Items, sorted: true));

    private static (HnswIndex Index, ExactIndex Exact) Fill(float[][] vectors)
    {
        var index = new HnswIndex(Dimension, Metric.InnerProduct, new HnswOptions { EfConstruction = 100 });
        index.UpsertMany(Vectors.Keys(Items), Vectors.Flat(vectors));
        var exact = new ExactIndex(Dimension, Metric.InnerProduct);
        for (var key = 0; key < Items; key++)
        {
            exact.Upsert(key, vectors[key]);
        }

        return (index, exact);
    }
}
