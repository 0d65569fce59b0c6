using System.Runtime.InteropServices;

namespace Dml.Index.Storage;

/// <summary>The state of a slot, without its vector and its links.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Slot
{
    /// <summary>The item's key, or one of the keys when several items share the slot.</summary>
    public long Key;

    /// <summary>Hash of the vector, by which equal vectors are found.</summary>
    public uint VectorHash;

    /// <summary>The slot's first row of links above level 0.</summary>
    public int FirstUpper;

    private byte _state;

    /// <summary>The highest level that the slot is on.</summary>
    public byte Level;

    /// <summary>Whether other items share the slot.</summary>
    public bool IsShared;

    /// <summary>What the slot holds. A thread that reads a state also sees everything that was written before it was set.</summary>
    public SlotState State
    {
        readonly get => (SlotState)Volatile.Read(in _state);
        set => Volatile.Write(ref _state, (byte)value);
    }
}
