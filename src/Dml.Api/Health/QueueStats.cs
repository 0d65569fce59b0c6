namespace Dml.Api.Health;

/// <summary>Pictures that wait for an embedder thread, writes that wait for their commit.</summary>
internal sealed record QueueStats(int Embedder, int Commits);
