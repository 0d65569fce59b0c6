namespace Dml.Contracts;

/// <summary>Figures of catalogue, index and queues; those of the embedder are null while none is active.</summary>
/// <param name="Items">Items of the catalogue.</param>
/// <param name="Generation">Number of the active generation.</param>
/// <param name="Model">Name of its embedder.</param>
/// <param name="Fingerprint">Fingerprint of its embedder, 64 hexadecimal digits.</param>
/// <param name="Dimension">Components of its vectors.</param>
/// <param name="Index">Its index.</param>
/// <param name="Queue">The sum of <paramref name="Queues"/>.</param>
/// <param name="Queues">Lengths of the queues.</param>
/// <param name="Cache">The embedding cache.</param>
/// <param name="Pictures">The check of the stored pictures.</param>
public sealed record StatsResponse(
    long Items,
    int? Generation,
    string? Model,
    string? Fingerprint,
    int? Dimension,
    IndexStats? Index,
    int Queue,
    QueueStats Queues,
    EmbeddingCacheFigures Cache,
    PictureStats Pictures);

/// <summary>Stored pictures are compared with their SHA-256, slowly and again and again.</summary>
/// <param name="Checked">Pictures that were compared in the pass that runs or ran last.</param>
/// <param name="Damaged">Pictures that were found damaged or missing, in any way, and have not been repaired; the log names them.</param>
/// <param name="CompletedAt">When the last whole pass ended; null if there was none since the start.</param>
public sealed record PictureStats(long Checked, int Damaged, DateTimeOffset? CompletedAt);

/// <summary>The active index; its recall is null until it has been measured.</summary>
/// <param name="Vectors">Vectors in the index.</param>
/// <param name="Bytes">Memory of the index.</param>
/// <param name="RecallAt10">Share of the true ten nearest items that it finds, 0 to 1.</param>
/// <param name="RecallQueries">Number of queries measured.</param>
/// <param name="RecallMeasuredAt">When it was measured.</param>
/// <param name="WorstStratum">The group of items that it serves worst; null when no group has five items.</param>
public sealed record IndexStats(
    int Vectors, long Bytes, double? RecallAt10, int? RecallQueries, DateTimeOffset? RecallMeasuredAt, StratumRecall? WorstStratum);

/// <summary>Recall among the items of a group, where an item that does not find itself counts as nothing found.</summary>
/// <param name="Name">
/// The group: <c>label:apple</c>, or <c>distance:0.25-0.5</c> for the items whose tenth neighbor is at such a cosine distance.
/// </param>
/// <param name="RecallAt10">Share of the true ten nearest items that are found, 0 to 1.</param>
/// <param name="Queries">Items of the group that were searched for.</param>
/// <param name="Strata">Groups that were looked at to find this one.</param>
public sealed record StratumRecall(string Name, double RecallAt10, int Queries, int Strata);

/// <summary>Lengths of the queues.</summary>
/// <param name="Embedder">Pictures that wait for an embedder thread.</param>
/// <param name="Commits">Writes that wait for their commit.</param>
public sealed record QueueStats(int Embedder, int Commits);

/// <summary>The cache of embeddings by the hash of the picture.</summary>
/// <param name="Entries">Vectors in the cache.</param>
/// <param name="Bytes">Memory of these vectors.</param>
/// <param name="CapacityBytes">The most that they may take.</param>
/// <param name="Hits">Lookups that found a vector.</param>
/// <param name="Misses">Lookups that did not.</param>
public sealed record EmbeddingCacheFigures(int Entries, long Bytes, long CapacityBytes, long Hits, long Misses);

/// <summary>The answer of a probe.</summary>
/// <param name="Status"><c>live</c>; <c>ready</c>, or <c>degraded</c> when searches are answered but there are problems.</param>
/// <param name="Problems">What does not work at the moment, a sentence each; empty when everything does.</param>
public sealed record HealthResponse(string Status, IReadOnlyList<string> Problems);
