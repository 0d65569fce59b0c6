namespace Dml.Embedding;

/// <summary>How an embedder is run.</summary>
public sealed record EmbedderOptions
{
    /// <summary>Where the network runs: <c>cpu</c> or <c>cuda</c>.</summary>
    public string Provider { get; init; } = "cpu";

    /// <summary>Pictures decoded at the same time, one thread each; on a CPU also runs of the network at the same time.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Most pictures of one run of the network; 0 takes what is fastest on the provider.</summary>
    public int BatchSize { get; init; }

    /// <summary>
    /// Requests that may wait for a worker, and pictures of the background beside them. A request that comes later is
    /// refused; the background waits to get into the queue.
    /// </summary>
    public int QueueCapacity { get; init; } = 256;

    /// <summary>Vectors of pictures that were asked for before; shared between embedders, none without one.</summary>
    public EmbeddingCache? Cache { get; init; }

    /// <summary>Largest width times height of a picture that is decoded.</summary>
    public long MaxPixels { get; init; } = 50_000_000;
}
