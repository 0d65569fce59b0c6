namespace Dml.Embedding;

/// <summary>Who waits for a picture.</summary>
public enum EmbedPriority
{
    /// <summary>A job: waits for a place in the queue, and gives way to requests. Its pictures come once and are not cached.</summary>
    Background,

    /// <summary>Somebody: goes before background work, is refused when the queue is full, and is answered from the cache.</summary>
    Request,
}
