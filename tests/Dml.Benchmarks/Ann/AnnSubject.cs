using Dml.Index;

namespace Dml.Benchmarks.Ann;

/// <summary>The index that is measured: the one place that knows how it is built and read.</summary>
internal static class AnnSubject
{
    public const string DefaultCode = "int8";
    public const string DefaultVectors = "memory";

    public static HnswIndex Build(AnnData data, AnnOptions options, CancellationToken cancel)
    {
        // A misspelt option is refused before minutes are spent on what it does not say.
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
        _ => throw new ArgumentException($"--vectors wants memory or mapped; '{options.Vectors}' came."),
    };

    private static T Parse<T>(string option, string value)
        where T : struct, Enum => Enum.TryParse(value, ignoreCase: true, out T parsed)
            ? parsed
            : throw new ArgumentException($"{option} wants {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}; '{value}' came.");
}
