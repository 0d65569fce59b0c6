using Dml.Index.Files;

namespace Dml.Index.Storage;

/// <summary>Which item lies in which slot. Slots are numbered from 0 without gaps and are reused.</summary>
internal sealed class SlotTable
{
    private readonly Dictionary<long, int> _slots = [];
    private readonly Stack<int> _free = [];
    private long[] _keys = [];
    private SlotState[] _states = [];

    /// <summary>Live items.</summary>
    public int Count => _slots.Count;

    /// <summary>Slots ever used: live, removed and free ones.</summary>
    public int SlotCount { get; private set; }

    // A dictionary entry is 24 bytes and a bucket of 4.
    public long MemoryBytes => (_keys.Length * 9L) + (_slots.Capacity * 28L) + (_free.Count * 4L);

    public SlotState StateOf(int slot) => _states[slot];

    public bool TryGetSlot(long key, out int slot) => _slots.TryGetValue(key, out slot);

    public bool IsLive(int slot) => _states[slot] == SlotState.Live;

    public long KeyOf(int slot) => _keys[slot];

    public int Add(long key)
    {
        if (!_free.TryPop(out int slot))
        {
            slot = SlotCount++;
            if (slot == _keys.Length)
            {
                int room = Math.Max(16, slot + (slot / 2));
                Array.Resize(ref _keys, room);
                Array.Resize(ref _states, room);
            }
        }

        _slots.Add(key, slot);
        _keys[slot] = key;
        _states[slot] = SlotState.Live;
        return slot;
    }

    /// <summary>Takes the item out and leaves its slot <see cref="SlotState.Removed"/>.</summary>
    public bool Remove(long key, out int slot)
    {
        if (!_slots.Remove(key, out slot))
        {
            return false;
        }

        _states[slot] = SlotState.Removed;
        return true;
    }

    /// <summary>Makes a removed slot ready to be reused.</summary>
    public void Free(int slot)
    {
        _states[slot] = SlotState.Free;
        _free.Push(slot);
    }

    public void Write(IndexFileWriter writer)
    {
        writer.Write(SlotCount);
        writer.Write<long>(_keys.AsSpan(0, SlotCount));
        writer.Write<SlotState>(_states.AsSpan(0, SlotCount));
    }

    /// <summary>Fills an empty table from a file.</summary>
    public void Read(IndexFileReader reader)
    {
        SlotCount = reader.ReadCount(sizeof(long) + sizeof(SlotState));
        _keys = new long[SlotCount];
        _states = new SlotState[SlotCount];
        reader.Read<long>(_keys);
        reader.Read<SlotState>(_states);
        _slots.EnsureCapacity(SlotCount);
        for (int slot = 0; slot < SlotCount; slot++)
        {
            if (_states[slot] == SlotState.Free)
            {
                _free.Push(slot);
            }
            else if (_states[slot] == SlotState.Live && !_slots.TryAdd(_keys[slot], slot))
            {
                throw reader.Damaged($"it holds the key {_keys[slot]} twice");
            }
        }
    }
}
