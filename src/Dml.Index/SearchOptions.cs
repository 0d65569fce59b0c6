namespace Dml.Index;

/// <summary>Options of one search.</summary>
public sealed record SearchOptions
{
    /// <summary>
    /// Width of the beam of an approximate search, at least 1; null for the index's default. A wider beam finds more of the
    /// true neighbors and takes longer. Values below the number of wanted hits are raised to it. Exact indexes ignore it.
    /// </summary>
    public int? EfSearch { get; init; }

    /// <summary>
    /// How many times as wide the beam is as it would be, at least 1: a caller that wants more of the true neighbors need not know
    /// how wide the beam is.
    /// </summary>
    public int Effort { get; init; } = 1;

    /// <summary>
    /// Only items whose key it accepts are returned. It may be called for every item, so it must be fast. A search with
    /// a filter still finds as many hits as are wanted, as long as that many items match.
    /// </summary>
    public Func<long, bool>? Filter { get; init; }

    /// <summary>Only items with these keys are returned. A search among few keys is fast, however many items there are.</summary>
    public KeySet? Among { get; init; }
}
