namespace Dml.Index;

/// <summary>What <see cref="HnswIndex.Validate"/> found.</summary>
public sealed record IndexReport
{
    /// <summary>Items.</summary>
    public required int Items { get; init; }

    /// <summary>Slots that hold items: fewer than items when vectors are equal.</summary>
    public required int LiveSlots { get; init; }

    /// <summary>Slots of removed items that the graph may still lead through.</summary>
    public required int RemovedSlots { get; init; }

    /// <summary>Slots that wait for new items.</summary>
    public required int FreeSlots { get; init; }

    /// <summary>Live slots that no way of links leads to from the entry.</summary>
    public required int Unreachable { get; init; }

    /// <summary>Links of level 0.</summary>
    public required long Links { get; init; }

    /// <summary>Links of level 0 whose counterpart is there as well.</summary>
    public required long SymmetricLinks { get; init; }

    /// <summary>Most links of level 0 that lead to one slot.</summary>
    public required int MostIncoming { get; init; }

    /// <summary>Live slots whose vector another slot holds as well.</summary>
    public required int Duplicates { get; init; }

    /// <summary>What must never be: links to free slots or to a level where their target is not, keys that lead elsewhere. Empty when all is well.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>Whether every item can be found and nothing contradicts anything.</summary>
    public bool IsSound => Unreachable == 0 && Faults.Count == 0;
}
