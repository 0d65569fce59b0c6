using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dml.Benchmarks.Ann;

/// <summary>One measurement in the format of the harness: one line of JSON.</summary>
internal sealed record AnnResult
{
    private static readonly JsonSerializerOptions Format = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    [JsonPropertyName("peer")]
    public required string Peer { get; init; }

    [JsonPropertyName("set")]
    public required string Set { get; init; }

    [JsonPropertyName("n")]
    public required int Count { get; init; }

    [JsonPropertyName("m")]
    public required int M { get; init; }

    [JsonPropertyName("efc")]
    public required int EfConstruction { get; init; }

    [JsonPropertyName("k")]
    public required int K { get; init; }

    [JsonPropertyName("build_threads")]
    public required int BuildThreads { get; init; }

    [JsonPropertyName("build_s")]
    public double? BuildSeconds { get; init; }

    [JsonPropertyName("build_cpu_s")]
    public double? BuildCpuSeconds { get; init; }

    [JsonPropertyName("rss_bytes")]
    public long? BuildMemoryBytes { get; init; }

    [JsonPropertyName("load_s")]
    public double? LoadSeconds { get; init; }

    [JsonPropertyName("load_cpu_s")]
    public double? LoadCpuSeconds { get; init; }

    [JsonPropertyName("load_rss_bytes")]
    public long? LoadMemoryBytes { get; init; }

    /// <summary>The memory that the index reports; the memory above also includes garbage of the build.</summary>
    [JsonPropertyName("index_bytes")]
    public long? IndexBytes { get; init; }

    /// <summary>Size of the file in bytes; -1 without a file.</summary>
    [JsonPropertyName("file_bytes")]
    public required long FileBytes { get; init; }

    [JsonPropertyName("search")]
    public required IReadOnlyList<AnnSearch> Search { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Format);

    public static AnnResult FromJson(string line) =>
        JsonSerializer.Deserialize<AnnResult>(line, Format) ?? throw new JsonException("A result was expected, null came.");
}
