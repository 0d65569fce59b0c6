namespace Dml.Index.Graph;

/// <summary>
/// The slots that a walk may return; it passes through the others as well. Filters are structs, so that the walk is compiled
/// for each of them.
/// </summary>
internal interface ISlotFilter
{
    /// <summary>Whether all slots are accepted, so that none needs to be checked.</summary>
    static abstract bool AcceptsAll { get; }

    bool Accepts(int slot);
}
