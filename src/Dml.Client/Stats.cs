namespace Dml.Client;

/// <summary>How much there is and how it does; the embedder's members are null while none is in service.</summary>
public sealed record Stats(
    long Items, int? Generation, string? Model, string? Fingerprint, int? Dimension, IndexStats? Index, int Queue, QueueStats Queues,
    CacheStats Cache);
