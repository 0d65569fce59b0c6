namespace Dml.Index.Tests;

public class ConcurrencyTests
{
    [Theory]
    [InlineData("exact")]
    [InlineData("hnsw")]
    public async Task Searches_go_on_while_items_come_and_go_and_nothing_is_lost(string name)
    {
        const int Dimension = 16;
        const int Writers = 3;
        CancellationToken cancel = TestContext.Current.CancellationToken;
        var data = new TestData(Dimension, clusters: 20, seed: 31);
        float[][] vectors = data.Draw(3000, sorted: false);
        IVectorIndex index = BothIndexes.Makers[name](Dimension, Metric.InnerProduct);
        var expected = new Dictionary<long, float[]>[Writers];
        bool done = false;

        Task[] writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => expected[writer] = Write(writer), cancel))];
        Task[] readers = [.. Enumerable.Range(0, 2).Select(reader => Task.Run(() => Read(reader), cancel))];
        await Task.WhenAll(writers);
        Volatile.Write(ref done, true);
        await Task.WhenAll(readers);

        Dictionary<long, float[]> items = expected.SelectMany(part => part).ToDictionary();
        Assert.Equal(items.Count, index.Count);
        var kept = new float[Dimension];
        foreach ((long key, float[] vector) in items)
        {
            Assert.True(index.TryGetVector(key, kept));
            Assert.Equal(vector, kept);
        }

        double recall = vectors[..200].Average(query => Answers.Recall(
            Answers.Of(index, query, 10, new SearchOptions { EfSearch = 64 }),
            Answers.ByLoop(items, Metric.InnerProduct, query, 10)));
        Assert.True(recall >= 0.95, $"recall@10 is {recall:f4}");

        // Each writer has keys of its own, so what must be there afterwards does not depend on the order of the threads.
        Dictionary<long, float[]> Write(int writer)
        {
            var random = new Random(32 + writer);
            var mine = new Dictionary<long, float[]>();
            for (int step = 0; step < 1500; step++)
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
                int found = index.Search(vectors[random.Next(vectors.Length)], neighbors, random.Next(2) == 0 ? options : null);
                for (int i = 1; i < found; i++)
                {
                    Assert.True(neighbors[i - 1].Precedes(neighbors[i]));
                }
            }
        }
    }
}
