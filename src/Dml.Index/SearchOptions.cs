namespace Dml.Index;

/// <summary>What one search may ask beyond the defaults of its index.</summary>
public sealed record SearchOptions
{
    /// <summary>
    /// Width of the beam of an approximate search, at least 1; null takes the index's own. Wider finds more of the
    /// true neighbours and takes longer. Values below the number of wanted hits are raised to it. Exact indexes ignore it.
    /// </summary>
    public int? EfSearch { get; init; }

    /// <summary>
    /// Only items whose key it accepts are answered. It may be called for every item: it must be quick. A search with
    /// a filter still finds as many hits as were asked for, as long as that many items match.
    /// </summary>
    public Func<long, bool>? Filter { get; init; }

    /// <summary>Only items with these keys are answered. Few keys cost little, however many items there are.</summary>
    public KeySet? Among { get; init; }
}
