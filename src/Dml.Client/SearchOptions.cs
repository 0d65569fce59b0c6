namespace Dml.Client;

/// <summary>Options of a search; null selects the service's default.</summary>
public sealed record SearchOptions
{
    /// <summary>Maximum number of hits, 1 to 1000.</summary>
    public int? K { get; init; }

    /// <summary>Omits hits with a lower cosine, -1 to 1.</summary>
    public float? MinScore { get; init; }

    /// <summary>Which items to search, such as <c>attr.set:noto AND NOT label:car</c>.</summary>
    public string? Filter { get; init; }

    /// <summary>
    /// How much to search, 1 to 16; 1 by default. More finds more of the items that are truly nearest, and takes up to as many times
    /// as long.
    /// </summary>
    public int? Effort { get; init; }

    /// <summary>The part of the picture to search with; null for the whole of it. Not for searches by vector.</summary>
    public SearchRegion? Region { get; init; }

    /// <summary>Number of the generation to search instead of the active one, building or kept; not for searches by vector.</summary>
    public int? Generation { get; init; }
}
