using Dml.Index;

namespace Dml.Benchmarks.Ann;

/// <summary>The index that is measured: the one place that knows how it is built and read.</summary>
internal static class AnnSubject
{
    public const string DefaultCode = "float32";
    public const string DefaultVectors = "memory";

    public static HnswIndex Build(AnnData data, AnnOptions options, CancellationToken cancel)
    {
        Check(options);
        var index = new HnswIndex(data.Dimension, data.Metric, new HnswOptions { M = options.M, EfConstruction = options.EfConstruction });
        for (var row = 0; row < data.Count; row++)
        {
            cancel.ThrowIfCancellationRequested();
            index.Upsert(row, data.Base.AsSpan(row * data.Dimension, data.Dimension));
        }

        return index;
    }

    public static HnswIndex Load(string path, AnnOptions options)
    {
        Check(options);
        return HnswIndex.Load(path);
    }

    private static void Check(AnnOptions options)
    {
        if (options.Code != DefaultCode)
        {
            throw new ArgumentException($"--code wants {DefaultCode}; '{options.Code}' came.");
        }

        if (options.Vectors != DefaultVectors)
        {
            throw new ArgumentException($"--vectors wants {DefaultVectors}; '{options.Vectors}' came.");
        }
    }
}
