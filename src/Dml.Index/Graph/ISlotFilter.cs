namespace Dml.Index.Graph;

/// <summary>
/// Which slots a walk may find; it leads through the others all the same. Filters are structs, so that a walk is compiled
/// for each kind of them.
/// </summary>
internal interface ISlotFilter
{
    /// <summary>Whether all are accepted, so that none needs to be asked for.</summary>
    static abstract bool AcceptsAll { get; }

    bool Accepts(int slot);
}
