namespace Dml.Index.Tests;

/// <summary>The indexes there are; what every index must do is tested on each.</summary>
internal static class BothIndexes
{
    public static readonly IReadOnlyDictionary<string, Func<int, Metric, IVectorIndex>> Makers =
        new Dictionary<string, Func<int, Metric, IVectorIndex>>
        {
            ["exact"] = (dimension, metric) => new ExactIndex(dimension, metric),
            ["hnsw"] = (dimension, metric) => new HnswIndex(dimension, metric, new HnswOptions { EfSearch = 10 }),
        };

    public static IVectorIndex Load(string name, string path) => name == "exact" ? ExactIndex.Load(path) : HnswIndex.Load(path);

    public static long TagOf(IVectorIndex index) => index is ExactIndex exact ? exact.Tag : ((HnswIndex)index).Tag;

    public static MatrixTheoryData<string, Metric> Cases => new(Makers.Keys, Enum.GetValues<Metric>());
}
