namespace Dml.Embedding;

/// <summary>Options of a running embedder.</summary>
public sealed record EmbedderOptions
{
    /// <summary>Where the network runs: <c>cpu</c> or <c>cuda</c>.</summary>
    public string Provider { get; init; } = "cpu";

    /// <summary>
    /// Number of threads that work on the pictures of one caller at the same time. There are two more, so that another caller finds one
    /// of them free, and pictures that are decoded soon find one free of those that are not. On a CPU, each runs the network too.
    /// </summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Most pictures in one run of the network; 0 for the fastest choice for the provider.</summary>
    public int BatchSize { get; init; }

    /// <summary>
    /// Number of requests that may wait for a worker, and of background pictures in addition to them. Further requests are
    /// refused; further background pictures wait to enter the queue.
    /// </summary>
    public int QueueCapacity { get; init; } = 256;

    /// <summary>Cache for the vectors of requests, which embedders may share; null for none.</summary>
    public EmbeddingCache? Cache { get; init; }

    /// <summary>The most that one run of the network may take before it is ended as an error; null for any time.</summary>
    public TimeSpan? RunTime { get; init; }

    /// <summary>When it is cancelled, because the process wants to end, a run has two more seconds.</summary>
    public CancellationToken Hurry { get; init; }

    /// <summary>Largest width times height of a picture that is decoded.</summary>
    public long MaxPixels { get; init; } = 50_000_000;
}
