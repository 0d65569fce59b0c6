namespace Dml.Embedding;

/// <summary>How urgently a picture is embedded.</summary>
public enum EmbedPriority
{
    /// <summary>For a job: waits for a place in the queue, gives way to requests, and is not cached.</summary>
    Background,

    /// <summary>For a caller that waits: precedes background work, uses the cache, and is refused if the queue is full.</summary>
    Request,
}
