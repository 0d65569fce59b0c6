using Dml.Tests.Shared;

namespace Dml.Index.Tests;

/// <summary>The promises of <see cref="IVectorIndex"/>, on every index and metric, small enough to be exact.</summary>
public class VectorIndexTests
{
    public static MatrixTheoryData<string, Metric> Cases => BothIndexes.Cases;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Answers_what_a_plain_loop_answers_through_adds_replacements_and_removals(string name, Metric metric)
    {
        var index = BothIndexes.Makers[name](20, metric);
        var data = new TestData(20, clusters: 5, seed: 1);
        var random = new Random(2);
        var items = new Dictionary<long, float[]>();
        for (var step = 0; step < 600; step++)
        {
            long key = random.Next(-60, 20);
            if (random.Next(3) == 0)
            {
                Assert.Equal(items.Remove(key), index.Remove(key));
            }
            else
            {
                index.Upsert(key, items[key] = data.Draw());
            }

            Assert.Equal(items.Count, index.Count);
            Assert.Equal(items.ContainsKey(key), index.Contains(key));
            var query = data.Draw();
            Answers.AssertSame(Answers.ByLoop(items, metric, query, 7), Answers.Of(index, query, 7));
        }

        var vector = new float[20];
        foreach ((var key, var expected) in items)
        {
            Assert.True(index.TryGetVector(key, vector));
            Assert.Equal(expected, vector);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Empty_index_answers_nothing(string name, Metric metric)
    {
        var index = BothIndexes.Makers[name](3, metric);
        Assert.Empty(Answers.Of(index, [1, 2, 3], 5));
        Assert.False(index.Remove(1));
        Assert.False(index.TryGetVector(1, new float[3]));
        index.Upsert(1, [1, 0, 0]);
        Assert.True(index.Remove(1));
        Assert.Empty(Answers.Of(index, [1, 2, 3], 5));
        index.Upsert(2, [1, 0, 0]);
        Assert.Equal(2, Assert.Single(Answers.Of(index, [1, 2, 3], 5)).Key);
        Assert.Equal(0, index.Search([1, 2, 3], []));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Equal_scores_are_ordered_by_key(string name, Metric metric)
    {
        var index = BothIndexes.Makers[name](2, metric);
        foreach (var key in new long[] { 7, -3, 12, 5, 0 })
        {
            index.Upsert(key, [1, 1]);
        }

        Assert.Equal([-3, 0, 5], Answers.Of(index, [1, 1], 3).Select(hit => hit.Key));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Refuses_vectors_that_cannot_be_compared_and_keeps_what_it_has(string name, Metric metric)
    {
        var index = BothIndexes.Makers[name](3, metric);
        index.Upsert(1, [1, 2, 3]);
        List<float[]> refused =
        [
            [], [1, 2], [1, 2, 3, 4], [1, float.NaN, 3], [float.PositiveInfinity, 0, 0], [0, float.NegativeInfinity, 1], [1e19f, 1e19f, 0],
        ];
        if (metric == Metric.InnerProduct)
        {
            refused.Add([0, 0, 0]);
        }

        foreach (var vector in refused)
        {
            Assert.Throws<ArgumentException>(() => index.Upsert(1, vector));
            Assert.Throws<ArgumentException>(() => index.Upsert(2, vector));
            Assert.Throws<ArgumentException>(() => index.Search(vector, new Neighbor[1]));
        }

        Assert.Throws<ArgumentException>(() => index.TryGetVector(1, new float[2]));
        Assert.Equal(1, index.Count);
        var kept = new float[3];
        Assert.True(index.TryGetVector(1, kept));
        Assert.Equal([1, 2, 3], kept);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Search_allocates_nothing(string name, Metric metric)
    {
        var index = BothIndexes.Makers[name](16, metric);
        var data = new TestData(16, clusters: 10, seed: 3);
        for (var key = 0; key < 500; key++)
        {
            index.Upsert(key, data.Draw());
        }

        var query = data.Draw();
        var neighbors = new Neighbor[10];
        var options = new SearchOptions { EfSearch = 12, Filter = key => key % 2 == 0 };
        SearchBoth(100);
        Assert.Equal(0, Allocations.Of(() => SearchBoth(100)));

        void SearchBoth(int times)
        {
            for (var i = 0; i < times; i++)
            {
                index.Search(query, neighbors);
                index.Search(query, neighbors, options);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(70_000)]
    public void Refuses_a_dimension_out_of_range(int dimension)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExactIndex(dimension, Metric.L2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HnswIndex(dimension, Metric.L2));
    }
}
