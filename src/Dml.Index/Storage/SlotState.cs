namespace Dml.Index.Storage;

/// <summary>What a slot holds.</summary>
internal enum SlotState : byte
{
    /// <summary>Nothing, and nothing leads to it: the next item may take it.</summary>
    Free = 0,

    /// <summary>An item that is being linked: walks lead through it, but do not answer it yet.</summary>
    Linking = 1,

    /// <summary>An item.</summary>
    Live = 2,

    /// <summary>A removed item that the graph may still lead through; never answered.</summary>
    Removed = 3,
}
