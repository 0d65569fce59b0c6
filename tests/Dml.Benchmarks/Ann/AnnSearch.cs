using System.Text.Json.Serialization;

namespace Dml.Benchmarks.Ann;

/// <summary>Searches with one beam width. Rates are queries per second, one per round.</summary>
internal sealed record AnnSearch
{
    [JsonPropertyName("ef")]
    public required int Ef { get; init; }

    /// <summary>Share of the k exact nearest neighbours among the k hits, averaged over the queries.</summary>
    [JsonPropertyName("recall")]
    public required double Recall { get; init; }

    /// <summary>Mean number of distance computations per query; -1 if not known.</summary>
    [JsonPropertyName("ndist")]
    public required double Distances { get; init; }

    /// <summary>One thread, one query per call, by wall time.</summary>
    [JsonPropertyName("qps1")]
    public required IList<double> OneThread { get; init; }

    /// <summary>The same, by the CPU time of that thread.</summary>
    [JsonPropertyName("qps1_cpu")]
    public required IList<double> OneThreadCpu { get; init; }

    /// <summary>Two threads that share the queries, by wall time.</summary>
    [JsonPropertyName("qps2")]
    public required IList<double> TwoThreads { get; init; }
}
