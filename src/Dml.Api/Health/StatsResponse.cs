using Dml.Embedding;

namespace Dml.Api.Health;

/// <summary>How much there is and how it does; the embedder's members are null while none is in service.</summary>
internal sealed record StatsResponse(
    long Items, int? Generation, string? Model, string? Fingerprint, int? Dimension, IndexStats? Index, int Queue, QueueStats Queues, EmbeddingCacheFigures Cache);
