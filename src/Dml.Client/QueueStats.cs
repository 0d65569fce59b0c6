namespace Dml.Client;

/// <summary>Pictures that wait for an embedder thread, writes that wait for their commit.</summary>
public sealed record QueueStats(int Embedder, int Commits);
