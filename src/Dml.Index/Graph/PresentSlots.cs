using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>Slots that are not removed: what may be linked to.</summary>
internal readonly struct PresentSlots(SlotTable slots) : ISlotFilter
{
    public static bool AcceptsAll => false;

    public bool Accepts(int slot) => slots.IsPresent(slot);
}
