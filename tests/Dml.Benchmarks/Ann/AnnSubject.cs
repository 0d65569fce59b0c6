using Dml.Index;

namespace Dml.Benchmarks.Ann;

/// <summary>The index under test; the only place that knows how it is built and loaded.</summary>
internal static class AnnSubject
{
    public const string DefaultCode = "int8";
    public const string DefaultVectors = "memory";

    public static HnswIndex Build(AnnData data, AnnOptions options, CancellationToken cancel)
    {
        // Rejects misspelt options before minutes are spent on the wrong measurement.
        _ = PlaceOf(options);
        var index = new HnswIndex(data.Dimension, data.Metric, new HnswOptions
        {
            M = options.M,
            EfConstruction = options.EfConstruction,
            Code = Parse<VectorCode>("--code", options.Code),
        });
        index.UpsertMany(data.Keys, data.Base, options.Threads, progress: null, cancel);
        return index;
    }

    public static HnswIndex Load(string path, AnnOptions options) => HnswIndex.Load(path, PlaceOf(options));

    private static VectorPlace PlaceOf(AnnOptions options) => options.Vectors switch
    {
        "memory" => VectorPlace.Memory,
        "mapped" => VectorPlace.File,
        _ => throw new ArgumentException($"--vectors must be memory or mapped; got '{options.Vectors}'."),
    };

    private static T Parse<T>(string option, string value)
        where T : struct, Enum => Enum.TryParse(value, ignoreCase: true, out T parsed)
            ? parsed
            : throw new ArgumentException(
                $"{option} must be one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}; got '{value}'.");
}
