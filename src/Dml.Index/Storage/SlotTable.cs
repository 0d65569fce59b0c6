using Dml.Index.Files;

namespace Dml.Index.Storage;

/// <summary>
/// Which items lie in which slot. Slots are numbered from 0 without gaps and are reused. Items with equal vectors may
/// share a slot.
/// </summary>
internal sealed class SlotTable
{
    private readonly Dictionary<long, int> _slots = [];
    private readonly Dictionary<int, List<long>> _sharers = [];
    private readonly Stack<int> _free = [];
    private long[] _keys = [];
    private SlotState[] _states = [];

    /// <summary>Items.</summary>
    public int Count => _slots.Count;

    /// <summary>Slots ever used: live, removed and free ones.</summary>
    public int SlotCount { get; private set; }

    // A dictionary entry is 24 bytes and a bucket of 4.
    public long MemoryBytes => (_keys.Length * 9L) + (_slots.Capacity * 28L) + (_free.Count * 4L)
        + _sharers.Sum(entry => 100L + (entry.Value.Capacity * 8L));

    public SlotState StateOf(int slot) => _states[slot];

    public bool TryGetSlot(long key, out int slot) => _slots.TryGetValue(key, out slot);

    public bool IsLive(int slot) => _states[slot] == SlotState.Live;

    /// <summary>Whether the slot holds an item that the filter accepts; null accepts all.</summary>
    public bool Matches(int slot, Func<long, bool>? filter)
    {
        if (!IsLive(slot))
        {
            return false;
        }

        return filter is null
            || filter(_keys[slot])
            || (_sharers.TryGetValue(slot, out List<long>? sharers) && AnyMatches(sharers, filter));
    }

    /// <summary>Offers every item in a live slot that the filter accepts.</summary>
    public void Offer(int slot, float score, Func<long, bool>? filter, ref TopNeighbors top)
    {
        OfferKey(_keys[slot], score, filter, ref top);
        if (_sharers.TryGetValue(slot, out List<long>? sharers))
        {
            foreach (long key in sharers)
            {
                OfferKey(key, score, filter, ref top);
            }
        }
    }

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

    /// <summary>Adds an item to a slot that holds another one with an equal vector.</summary>
    public void Share(int slot, long key)
    {
        _slots.Add(key, slot);
        if (!_sharers.TryGetValue(slot, out List<long>? sharers))
        {
            _sharers.Add(slot, sharers = []);
        }

        sharers.Add(key);
    }

    /// <summary>Takes an item out. The slot becomes <see cref="SlotState.Removed"/> when no other item shares it.</summary>
    public bool Remove(long key, out int slot)
    {
        if (!_slots.Remove(key, out slot))
        {
            return false;
        }

        if (!_sharers.TryGetValue(slot, out List<long>? sharers))
        {
            _states[slot] = SlotState.Removed;
            return true;
        }

        if (_keys[slot] == key)
        {
            _keys[slot] = sharers[^1];
            sharers.RemoveAt(sharers.Count - 1);
        }
        else
        {
            sharers.Remove(key);
        }

        if (sharers.Count == 0)
        {
            _sharers.Remove(slot);
        }

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
        writer.Write(_sharers.Sum(entry => entry.Value.Count));
        foreach ((int slot, List<long> sharers) in _sharers)
        {
            foreach (long key in sharers)
            {
                writer.Write(slot);
                writer.Write(key);
            }
        }
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

        for (int left = reader.ReadCount(sizeof(int) + sizeof(long)); left > 0; left--)
        {
            int slot = reader.ReadInt32(0, SlotCount - 1);
            long key = reader.ReadInt64();
            if (!IsLive(slot) || _slots.ContainsKey(key))
            {
                throw reader.Damaged($"the key {key} cannot share slot {slot}");
            }

            Share(slot, key);
        }
    }

    private static bool AnyMatches(List<long> keys, Func<long, bool> filter)
    {
        foreach (long key in keys)
        {
            if (filter(key))
            {
                return true;
            }
        }

        return false;
    }

    private static void OfferKey(long key, float score, Func<long, bool>? filter, ref TopNeighbors top)
    {
        if (filter is null || filter(key))
        {
            top.Offer(key, score);
        }
    }
}
