namespace Dml.Index;

/// <summary>The result of <see cref="HnswIndex.Validate"/>.</summary>
public sealed record IndexReport
{
    /// <summary>Number of items.</summary>
    public required int Items { get; init; }

    /// <summary>Slots that hold items: fewer than items when vectors are equal.</summary>
    public required int LiveSlots { get; init; }

    /// <summary>Slots of removed items that walks may still pass through.</summary>
    public required int RemovedSlots { get; init; }

    /// <summary>Slots that are free for new items.</summary>
    public required int FreeSlots { get; init; }

    /// <summary>Live slots that cannot be reached by links from the entry.</summary>
    public required int Unreachable { get; init; }

    /// <summary>Links of level 0.</summary>
    public required long Links { get; init; }

    /// <summary>Links of level 0 whose counterpart exists as well.</summary>
    public required long SymmetricLinks { get; init; }

    /// <summary>The largest number of links of level 0 that lead to one slot.</summary>
    public required int MostIncoming { get; init; }

    /// <summary>Live slots whose vector is also in another slot.</summary>
    public required int Duplicates { get; init; }

    /// <summary>
    /// Contradictions, such as links to free slots or to a level that their target is not on, and keys that lead to another slot.
    /// Normally empty.
    /// </summary>
    public required IReadOnlyList<string> Faults { get; init; }
}
