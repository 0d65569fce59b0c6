namespace Dml.Embedding;

/// <summary>How an embedder is run.</summary>
public sealed record EmbedderOptions
{
    /// <summary>Where the network runs: <c>cpu</c> or <c>cuda</c>.</summary>
    public string Provider { get; init; } = "cpu";

    /// <summary>Pictures worked on at the same time, one thread each.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Pictures that may wait for a worker; who comes later waits to get into the queue.</summary>
    public int QueueCapacity { get; init; } = 256;

    /// <summary>Largest width times height of a picture that is decoded.</summary>
    public long MaxPixels { get; init; } = 50_000_000;
}
