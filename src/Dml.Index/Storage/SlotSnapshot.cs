using System.Runtime.CompilerServices;
using Dml.Index.Files;

namespace Dml.Index.Storage;

/// <summary>The contents of a <see cref="SlotTable"/> at one moment.</summary>
/// <param name="Slots">The state of each slot.</param>
/// <param name="Sharers">Keys of items that share a slot, other than the slot's own key.</param>
internal sealed record SlotSnapshot(Slot[] Slots, (int Slot, long Key)[] Sharers)
{
    public static SlotSnapshot Read(IndexFileReader reader)
    {
        var slots = new Slot[reader.ReadCount(Unsafe.SizeOf<Slot>())];
        reader.Read<Slot>(slots);
        var sharers = new (int Slot, long Key)[reader.ReadCount(sizeof(int) + sizeof(long))];
        for (var i = 0; i < sharers.Length; i++)
        {
            sharers[i] = (reader.ReadInt32(0, slots.Length - 1), reader.ReadInt64());
        }

        return new SlotSnapshot(slots, sharers);
    }

    /// <summary>Renumbers the slots.</summary>
    /// <param name="order">The old number of each new slot.</param>
    /// <param name="numbers">The new number of each old slot.</param>
    public SlotSnapshot Renumber(int[] order, int[] numbers) =>
        new([.. order.Select(old => Slots[old])], [.. Sharers.Select(sharer => (numbers[sharer.Slot], sharer.Key))]);

    public void Write(IndexFileWriter writer)
    {
        writer.Write(Slots.Length);
        writer.Write<Slot>(Slots);
        writer.Write(Sharers.Length);
        foreach ((var slot, var key) in Sharers)
        {
            writer.Write(slot);
            writer.Write(key);
        }
    }
}
