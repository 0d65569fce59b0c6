namespace Dml.Index.Storage;

/// <summary>What a slot holds.</summary>
internal enum SlotState : byte
{
    /// <summary>Nothing. No link leads to it, and the next item may take it.</summary>
    Free = 0,

    /// <summary>An item that is being linked: walks pass through it, but searches do not return it yet.</summary>
    Linking = 1,

    /// <summary>An item.</summary>
    Live = 2,

    /// <summary>A removed item. Walks may still pass through it, but searches do not return it.</summary>
    Removed = 3,
}
