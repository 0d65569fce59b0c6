namespace Dml.Index.Graph;

/// <summary>Every slot. Correct as long as none is removed.</summary>
internal readonly struct AllSlots : ISlotFilter
{
    public static bool AcceptsAll => true;

    public bool Accepts(int slot) => true;
}
