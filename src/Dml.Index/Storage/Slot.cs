using System.Runtime.InteropServices;

namespace Dml.Index.Storage;

/// <summary>What is known of a slot besides its vector and its links.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Slot
{
    /// <summary>The item's key; of several items that share the slot, one.</summary>
    public long Key;

    /// <summary>Hash of the vector, to find equal ones by.</summary>
    public uint VectorHash;

    /// <summary>The slot's first row of links above level 0.</summary>
    public int FirstUpper;

    private byte _state;

    /// <summary>The highest level that the slot is on.</summary>
    public byte Level;

    /// <summary>Whether other items share the slot.</summary>
    public bool IsShared;

    /// <summary>What the slot holds. Who sees a state sees all that was written before it was set.</summary>
    public SlotState State
    {
        readonly get => (SlotState)Volatile.Read(in _state);
        set => Volatile.Write(ref _state, (byte)value);
    }
}
