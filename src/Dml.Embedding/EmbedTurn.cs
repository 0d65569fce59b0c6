namespace Dml.Embedding;

/// <summary>What one worker is at work on: some pictures, from taking the first until the network has run on all of them.</summary>
internal sealed class EmbedTurn
{
    /// <summary>Whose pictures they are.</summary>
    internal HashSet<string> Callers { get; } = [];

    /// <summary>Whether one of them takes long to decode.</summary>
    internal bool HasHeavy { get; set; }

    /// <summary>Whether a caller waits for one of them; false when all are background work.</summary>
    internal bool HasRequests { get; set; }
}
