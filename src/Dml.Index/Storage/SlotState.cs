namespace Dml.Index.Storage;

/// <summary>What a slot holds.</summary>
internal enum SlotState : byte
{
    /// <summary>An item.</summary>
    Live = 0,

    /// <summary>A removed item that the graph may still lead through; never answered.</summary>
    Removed = 1,

    /// <summary>Nothing, and nothing leads to it: the next item may take it.</summary>
    Free = 2,
}
