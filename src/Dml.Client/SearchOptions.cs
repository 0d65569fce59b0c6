namespace Dml.Client;

/// <summary>What a search may ask for; null takes the service's default.</summary>
public sealed record SearchOptions
{
    /// <summary>Hits wanted, 1 to 1000.</summary>
    public int? K { get; init; }

    /// <summary>Leaves out hits below this cosine, -1 to 1.</summary>
    public float? MinScore { get; init; }

    /// <summary>Which items, such as <c>attr.set:noto AND NOT label:car</c>.</summary>
    public string? Filter { get; init; }

    /// <summary>Who answers in place of the active generation, by picture or item: one that is building or kept.</summary>
    public int? Generation { get; init; }
}
