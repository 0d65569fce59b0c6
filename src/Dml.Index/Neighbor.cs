namespace Dml.Index;

/// <summary>One hit of a search.</summary>
/// <param name="Key">The key under which the vector was added.</param>
/// <param name="Score">Higher is better: the dot product, or minus the squared Euclidean distance.</param>
public readonly record struct Neighbor(long Key, float Score)
{
    /// <summary>The order of every answer: higher score first, equal scores by the smaller key.</summary>
    internal bool Precedes(Neighbor other) =>
        Score > other.Score || (Score == other.Score && Key < other.Key);
}
