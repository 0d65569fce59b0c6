namespace Dml.Index.Tests;

/// <summary>
/// A crowd of vectors that hardly differ, such as the frames of a film, beside a few others: these must be found all the same, and
/// nothing of the crowd may be cut off.
/// </summary>
public sealed class CrowdTests : IDisposable
{
    private const int Dimension = 64;
    private const int Crowd = 6000;
    private const int Others = 200;
    private const int LeastFound = 199;

    private readonly string _folder = Directory.CreateTempSubdirectory("dml-crowd-").FullName;

    public enum Order
    {
        CrowdFirst,
        CrowdLast,
        Shuffled,
    }

    public static MatrixTheoryData<Order, bool, float> Cases => new(Enum.GetValues<Order>(), [false, true], [0.1f, 0.01f, 1e-6f]);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Others_find_themselves_and_everything_is_in_reach(Order order, bool bulk, float spread)
    {
        var vectors = Draw(spread);
        var index = Build(vectors, order, bulk, VectorCode.Int8);
        Check(index, vectors, "when it was built");

        // What was loaded has no memory of how it was built.
        var path = Path.Combine(_folder, "index.dml");
        index.Save(path);
        var loaded = HnswIndex.Load(path);
        Check(loaded, vectors, "when it was loaded");
        foreach (var (vector, copy) in Draw(spread, seed: 93)[..1000].Select((vector, copy) => (vector, copy)))
        {
            loaded.Upsert(vectors.Length + copy, vector);
        }

        Check(loaded, vectors, "when the crowd has grown", LeastFound - 2);
    }

    [Theory]
    [InlineData(VectorCode.Float32, Metric.InnerProduct)]
    [InlineData(VectorCode.Int8, Metric.L2)]
    [InlineData(VectorCode.Float32, Metric.L2)]
    public void The_same_holds_for_other_codes_and_metrics(VectorCode code, Metric metric)
    {
        var vectors = Draw(spread: 0.01f);
        Check(Build(vectors, Order.CrowdFirst, bulk: false, code, metric), vectors, "when it was built");
    }

    [Fact]
    public void Others_are_found_after_a_part_of_the_crowd_is_deleted()
    {
        var vectors = Draw(spread: 0.01f);
        var index = Build(vectors, Order.Shuffled, bulk: false, VectorCode.Int8);
        for (var key = 0; key < Crowd / 10; key++)
        {
            index.Remove(key);
        }

        Check(index, vectors, "when a tenth of the crowd is gone");
    }

    private static float[][] Draw(float spread, int seed = 92)
    {
        var crowd = new TestData(Dimension, clusters: 1, seed, spread);
        var others = new TestData(Dimension, clusters: 1, seed: 91, spread: 1e6f);
        return [.. Enumerable.Range(0, Crowd).Select(_ => crowd.Draw()), .. Enumerable.Range(0, Others).Select(_ => others.Draw())];
    }

    private static HnswIndex Build(float[][] vectors, Order order, bool bulk, VectorCode code, Metric metric = Metric.InnerProduct)
    {
        var keys = Enumerable.Range(0, vectors.Length).Select(key => (long)key).ToArray();
        if (order == Order.CrowdLast)
        {
            Array.Reverse(keys);
        }
        else if (order == Order.Shuffled)
        {
            new Random(94).Shuffle(keys);
        }

        var index = new HnswIndex(Dimension, metric, new HnswOptions { Code = code });
        if (bulk)
        {
            index.UpsertMany(keys, keys.SelectMany(key => vectors[key]).ToArray());
        }
        else
        {
            foreach (var key in keys)
            {
                index.Upsert(key, vectors[key]);
            }
        }

        return index;
    }

    private static void Check(HnswIndex index, float[][] vectors, string when, int least = LeastFound)
    {
        var hits = new Neighbor[1];
        var found = Enumerable.Range(Crowd, Others).Count(key => index.Search(vectors[key], hits) == 1 && hits[0].Key == key);
        Assert.True(found >= least, $"{found} of {Others} find themselves {when}.");
        Assert.Equal(0, index.Validate().Unreachable);
    }
}
