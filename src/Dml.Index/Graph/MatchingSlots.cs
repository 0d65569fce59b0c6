using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>Live slots with an item that the search's filter accepts.</summary>
internal readonly struct MatchingSlots(SlotTable slots, KeyFilter filter) : ISlotFilter
{
    public static bool AcceptsAll => false;

    public bool Accepts(int slot) => slots.Matches(slot, filter);
}
