using System.Text.Json.Serialization;

namespace Dml.Benchmarks.Ann;

/// <summary>Searches with one width of the beam. Rates are queries a second, one of each round.</summary>
internal sealed record AnnSearch
{
    [JsonPropertyName("ef")]
    public required int Ef { get; init; }

    /// <summary>Share of the k exact nearest among the k hits, mean over the queries.</summary>
    [JsonPropertyName("recall")]
    public required double Recall { get; init; }

    /// <summary>Mean distance computations of a query; -1 when not known.</summary>
    [JsonPropertyName("ndist")]
    public required double Distances { get; init; }

    /// <summary>One thread, one query a call, by wall time.</summary>
    [JsonPropertyName("qps1")]
    public required IList<double> OneThread { get; init; }

    /// <summary>The same by that thread's CPU time.</summary>
    [JsonPropertyName("qps1_cpu")]
    public required IList<double> OneThreadCpu { get; init; }

    /// <summary>Two threads that share the queries, by wall time.</summary>
    [JsonPropertyName("qps2")]
    public required IList<double> TwoThreads { get; init; }
}
