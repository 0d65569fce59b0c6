using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using Dml.Api.Catalogue.Filters;
using Dml.Index;

namespace Dml.Benchmarks.Ann;

/// <summary>
/// Processor time of searches with filters of each kind, by the share of the items that match, beside the search without a filter. The
/// vector index and the filter index are those of the service, in this process: no HTTP and no catalogue.
/// </summary>
internal static class FilterBenchmark
{
    private const int Hits = 10;
    private const int Seed = 16;
    private const int WarmUps = 50;
    private const float Noise = 0.5f;
    private const int ItemsInCluster = 1000;

    // Real embeddings vary in far fewer directions than they have components.
    private const int Directions = 32;
    private const int LongestFilter = 2000;

    private static readonly double[] Shares = [1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 0.5, 0.9, 0.99, 1];

    private static readonly Kind[] Kinds =
    [
        new("attribute", share => $"attr.\"spread {Name(share)}\":true"),
        new("range", share => $"attr.price<{Name(share)}"),
        new("NOT", share => $"NOT attr.price>={Name(share)}"),
        new("AND", share => $"attr.\"spread 0.5\":true AND attr.price<{Name(share)}", Part: 0.5),
        new("longest", Longest),
        new("follows", share => $"attr.\"clusters {Name(share)}\":true", Query: InMatchingCluster),
        new("opposes", share => $"attr.\"clusters {Name(share)}\":true", Query: InOtherCluster),
    ];

    public static void Run(BenchmarkOptions options, CancellationToken cancel)
    {
        var sizes = options.Numbers("items", "10000,100000");
        var (dimension, efConstruction) = (options.Number("dimension", 256), options.Number("efc", 100));
        var queries = options.Number("queries", 50);
        var folder = options.Text("folder", "");
        options.RefuseOthers();
        foreach (var items in sizes)
        {
            Run(new Data(items, dimension), efConstruction, queries, folder, cancel);
        }
    }

    private static void Run(Data data, int efConstruction, int queries, string folder, CancellationToken cancel)
    {
        var index = Build(data, efConstruction, folder, cancel);
        var before = CpuClock.ProcessSeconds;
        using var filters = data.Filters();
        var seconds = CpuClock.ProcessSeconds - before;
        var asked = Enumerable.Range(0, queries).Select(i => data.Query(new Random(i), _ => true)).ToList();
        // Until the compiler has done what it will do.
        for (var warm = 0; warm < WarmUps; warm++)
        {
            Measure(index, asked, filters, filter: null);
        }

        var unfiltered = Measure(index, asked, filters, filter: null);
        Console.WriteLine(
            $"""

            {data.Items:n0} items of {data.Dimension} components, efConstruction {efConstruction}.
            Filter index: {filters.MemoryBytes / 1e6:f1} MB,
            {(double)filters.MemoryBytes / data.Attributes:f2} bytes an item and attribute, filled in {seconds:f2} s of processor time.
            Recall@{Hits} without a filter {data.Recall(asked, unfiltered.Found, null):f3}.
            Times are of a thread's processor, medians, in turn with the same searches without a filter.

            | filter | matching | filter ms | search ms | without a filter ms | times as long | recall@{Hits} |
            |---|---|---|---|---|---|---|
            """);
        foreach (var kind in Kinds)
        {
            foreach (var share in Shares.Where(share => kind.Part * share * data.Items >= 1))
            {
                cancel.ThrowIfCancellationRequested();
                var text = kind.Text(share);
                if (!FilterParser.TryParse(text, out var filter, out var error))
                {
                    throw new InvalidOperationException(error);
                }

                if (kind.Query == InOtherCluster && share * data.Clusters > data.Clusters - 1)
                {
                    continue;
                }

                asked = [
                    .. Enumerable.Range(0, queries).Select(i => data.Query(new Random(i), cluster => kind.Query(data, cluster, share))),
                ];
                var matching = filters.Match(filter);
                var (filtering, searching, without, found) = Measure(index, asked, filters, filter);
                Console.WriteLine(
                    string.Create(CultureInfo.InvariantCulture,
                        $"| {kind.Name} | {(double)matching.Count / data.Items:0.#####%} | {1e3 * filtering:f3} | {1e3 * searching:f3} | "
                        + $"{1e3 * without:f3} | {(filtering + searching) / without:f1} | {data.Recall(asked, found, matching):f3} |"));
            }
        }
    }

    private static HnswIndex Build(Data data, int efConstruction, string folder, CancellationToken cancel)
    {
        var file = Path.Combine(folder, $"filters-{data.Items}-{data.Dimension}-{efConstruction}.hnsw");
        if (folder.Length > 0 && File.Exists(file))
        {
            return HnswIndex.Load(file, VectorPlace.Memory);
        }

        var index = new HnswIndex(data.Dimension, Metric.InnerProduct, new HnswOptions { EfConstruction = efConstruction });
        index.UpsertMany(data.Keys, data.Vectors, cancel: cancel);
        if (folder.Length > 0)
        {
            index.Save(file);
        }

        return index;
    }

    // Processor seconds of one filter, one search with it and one without, each the median over the queries.
    private static (double Filter, double Search, double Without, List<Neighbor[]> Found) Measure(
        HnswIndex index, List<float[]> queries, FilterIndex filters, ItemFilter? filter)
    {
        var found = new List<Neighbor[]>();
        List<double> filtering = [], searching = [], without = [];
        // The first round warms caches and the compiler up.
        for (var round = 0; round < 4; round++)
        {
            found.Clear();
            foreach (var query in queries)
            {
                var hits = new Neighbor[Hits];
                var begin = CpuClock.ThreadSeconds;
                index.Search(query, hits);
                var first = CpuClock.ThreadSeconds;
                var among = filter is null ? null : filters.Match(filter);
                var second = CpuClock.ThreadSeconds;
                found.Add(hits[..index.Search(query, hits, new SearchOptions { Among = among })]);
                if (round > 0)
                {
                    searching.Add(CpuClock.ThreadSeconds - second);
                    filtering.Add(second - first);
                    without.Add(first - begin);
                }
            }
        }

        return (Median.Of(filtering), Median.Of(searching), Median.Of(without), found);
    }

    // As many ranges as a filter has room for; the last one decides.
    private static string Longest(double share)
    {
        var text = new StringBuilder($"attr.price<{Name(share)}");
        for (var i = 1; text.Length < LongestFilter - 30; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $" OR attr.price<{Name(share * (1 - (0.001 * i)))}");
        }

        return text.ToString();
    }

    private static string Name(double share) => share.ToString("0.#######", CultureInfo.InvariantCulture);

    private static bool InMatchingCluster(Data data, int cluster, double share) => cluster < Math.Max(1, share * data.Clusters);

    private static bool InOtherCluster(Data data, int cluster, double share) => cluster >= share * data.Clusters;

    private sealed record Kind(string Name, Func<double, string> Text, double Part = 1, Func<Data, int, double, bool>? Query = null)
    {
        public Func<Data, int, double, bool> Query { get; } = Query ?? ((_, _, _) => true);
    }

    /// <summary>Unit vectors in clusters, in random order, with attributes that match filters of each share.</summary>
    private sealed class Data
    {
        private readonly float[][] _axes;
        private readonly float[][] _centres;
        private readonly int[] _clusters;

        public Data(int items, int dimension)
        {
            (Items, Dimension) = (items, dimension);
            var random = new Random(Seed);
            _axes = [.. Enumerable.Range(0, Directions).Select(_ => Direction(dimension, random))];
            _centres = [.. Enumerable.Range(0, Math.Max(10, items / ItemsInCluster)).Select(_ => Direction(Directions, random))];
            _clusters = [.. Enumerable.Range(0, items).Select(_ => random.Next(_centres.Length))];
            Keys = [.. Enumerable.Range(1, items).Select(key => (long)key)];
            Vectors = new float[(long)items * dimension];
            Parallel.For(0, items, item => Draw(_clusters[item], new Random(item)).CopyTo(Vectors.AsSpan(item * dimension)));
        }

        public int Items { get; }

        public int Dimension { get; }

        public int Clusters => _centres.Length;

        public long Attributes { get; private set; }

        public long[] Keys { get; }

        public float[] Vectors { get; }

        public float[] Query(Random random, Func<int, bool> accepts)
        {
            int cluster;
            do
            {
                cluster = random.Next(Clusters);
            }
            while (!accepts(cluster));

            return Draw(cluster, random);
        }

        public FilterIndex Filters()
        {
            var filters = new FilterIndex();
            var random = new Random(Seed + 1);
            var attributes = new StringBuilder();
            Attributes = 0;
            for (var item = 0; item < Items; item++)
            {
                attributes.Clear();
                attributes.Append(CultureInfo.InvariantCulture, $"{{\"price\":{random.NextDouble():f7}");
                Attributes += 2;
                var inCluster = random.NextDouble();
                foreach (var share in Shares)
                {
                    Append(random.NextDouble() < share, "spread", share);
                    // Below one cluster, a part of the first one.
                    Append(
                        share * Clusters >= 1 ? _clusters[item] < share * Clusters : _clusters[item] == 0 && inCluster < share * Clusters,
                        "clusters", share);
                }

                attributes.Append('}');
                filters.Add(
                    Keys[item], Encoding.UTF8.GetBytes($"cluster {_clusters[item]}"), Encoding.UTF8.GetBytes(attributes.ToString()));
            }

            return filters;

            void Append(bool has, string name, double share)
            {
                if (has)
                {
                    attributes.Append(CultureInfo.InvariantCulture, $",\"{name} {Name(share)}\":true");
                    Attributes++;
                }
            }
        }

        /// <summary>Share of the true nearest that were found among the first few queries; fewer hits than could be are an error.</summary>
        public double Recall(List<float[]> queries, List<Neighbor[]> found, KeySet? among)
        {
            var recalls = new double[Math.Min(20, queries.Count)];
            Parallel.For(0, recalls.Length, i =>
            {
                var scores = Keys.Where(key => among?.Contains(key) ?? true)
                    .Select(key => TensorPrimitives.Dot(Vectors.AsSpan((int)(key - 1) * Dimension, Dimension), queries[i]))
                    .OrderDescending().Take(Hits).ToList();
                if (found[i].Length != scores.Count)
                {
                    throw new InvalidOperationException($"{found[i].Length} hits were found where {scores.Count} match.");
                }

                recalls[i] = found[i].Count(hit => hit.Score >= scores[^1] - 1e-5f) / (double)Math.Max(1, scores.Count);
            });
            return recalls.Average();
        }

        private float[] Draw(int cluster, Random random)
        {
            var noise = Direction(Directions, random);
            var vector = new float[Dimension];
            for (var i = 0; i < Directions; i++)
            {
                TensorPrimitives.MultiplyAdd(_axes[i], _centres[cluster][i] + (Noise * noise[i]), vector, vector);
            }

            TensorPrimitives.Divide(vector, TensorPrimitives.Norm(vector), vector);
            return vector;
        }

        private static float[] Direction(int dimension, Random random)
        {
            var vector = new float[dimension];
            for (var i = 0; i < vector.Length; i++)
            {
                vector[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            }

            TensorPrimitives.Divide(vector, TensorPrimitives.Norm(vector), vector);
            return vector;
        }
    }
}
