using Dml.Index.Storage;

namespace Dml.Index.Graph;

/// <summary>Slots that may be linked to: those that are not removed.</summary>
internal readonly struct PresentSlots(SlotTable slots) : ISlotFilter
{
    public static bool AcceptsAll => false;

    public bool Accepts(int slot) => slots.IsPresent(slot);
}
