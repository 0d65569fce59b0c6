using System.Collections.Concurrent;

namespace Dml.Index.Storage;

/// <summary>
/// Which items lie in which slot. Slots are numbered from 0 and are reused. Items with equal vectors may share a slot.
/// Reading takes no lock. Writes to one key come one at a time; so do, for one vector, <see cref="Share"/> and
/// <see cref="Leave"/>.
/// </summary>
internal sealed class SlotTable
{
    private readonly SlotHashTable<long> _slotsOfKeys = new();
    private readonly ConcurrentDictionary<int, long[]> _sharers = new();
    private readonly ChunkedRows<Slot> _slots = new(width: 1, alignment: sizeof(long), hugePages: false);
    private readonly Stack<int> _free = [];
    private int _count;
    private int _slotCount;
    private int _removed;
    private long _movesBegun;
    private long _movesEnded;

    /// <summary>Items.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Slots ever used: live, removed and free ones.</summary>
    public int SlotCount => Volatile.Read(ref _slotCount);

    /// <summary>Removed slots that the graph may still lead through.</summary>
    public int Removed => Volatile.Read(ref _removed);

    /// <summary>
    /// How often an item has begun to leave a slot. Who finds this differ from what <see cref="MovesEnded"/> was before may
    /// have seen an item twice, or not at all.
    /// </summary>
    public long MovesBegun => Volatile.Read(ref _movesBegun);

    public long MovesEnded => Volatile.Read(ref _movesEnded);

    public long MemoryBytes => _slotsOfKeys.MemoryBytes + ((long)SlotCount * _slots.RowBytes) + (_free.Count * 4L)
        + _sharers.Sum(entry => 100L + (entry.Value.Length * 8L));

    public ref Slot this[int slot] => ref _slots.First(slot);

    public SlotState StateOf(int slot) => this[slot].State;

    public bool IsLive(int slot) => this[slot].State == SlotState.Live;

    /// <summary>Whether links may lead to the slot.</summary>
    public bool IsPresent(int slot) => this[slot].State is SlotState.Live or SlotState.Linking;

    public bool TryGetSlot(long key, out int slot) => _slotsOfKeys.TryGet(key, out slot);

    /// <summary>The keys of a slot beside its first one.</summary>
    public ReadOnlySpan<long> SharersOf(int slot) =>
        this[slot].IsShared && _sharers.TryGetValue(slot, out var sharers) ? sharers : [];

    /// <summary>
    /// Takes a free slot, or a new one, for an item. It stays <see cref="SlotState.Free"/> until its vector is in place
    /// and <see cref="Open"/> is called.
    /// </summary>
    /// <returns>Whether the slot has never been used before.</returns>
    public bool Take(long key, uint vectorHash, out int slot)
    {
        bool isNew;
        lock (_free)
        {
            isNew = !_free.TryPop(out slot);
            if (isNew)
            {
                slot = _slotCount;
                _slots.EnsureRows(slot + 1);
                this[slot] = default;
                Volatile.Write(ref _slotCount, slot + 1);
            }
        }

        ref var row = ref this[slot];
        row.Key = key;
        row.VectorHash = vectorHash;
        row.IsShared = false;
        return isNew;
    }

    /// <summary>Lets walks lead through a slot.</summary>
    public void Open(int slot) => this[slot].State = SlotState.Linking;

    /// <summary>Lets searches answer a slot.</summary>
    public void Publish(int slot) => this[slot].State = SlotState.Live;

    /// <summary>Waits for the thread that is linking a slot, if one is.</summary>
    public void WaitUntilPublished(int slot)
    {
        var wait = default(SpinWait);
        while (this[slot].State == SlotState.Linking)
        {
            wait.SpinOnce();
        }
    }

    /// <summary>Adds an item to a slot that holds another one with an equal vector.</summary>
    public void Share(int slot, long key)
    {
        _sharers.AddOrUpdate(slot, [key], (_, sharers) => [.. sharers, key]);
        this[slot].IsShared = true;
    }

    public void BeginMove() => Interlocked.Increment(ref _movesBegun);

    public void EndMove() => Interlocked.Increment(ref _movesEnded);

    /// <summary>Makes room at once for so many more items.</summary>
    public void ExpectItems(int more) => _slotsOfKeys.EnsureRoom(Count + more);

    /// <summary>Says in which slot a new key is.</summary>
    /// <returns>False, with nothing changed, when the key is known.</returns>
    public bool Place(long key, int slot)
    {
        var added = _slotsOfKeys.TryAdd(key, slot);
        if (added)
        {
            Interlocked.Increment(ref _count);
        }

        return added;
    }

    /// <summary>Says in which slot a known key is from now on.</summary>
    public void Move(long key, int slot) => _slotsOfKeys.Change(key, slot);

    /// <summary>Forgets a key; <see cref="Leave"/> then takes it out of its slot.</summary>
    public bool Forget(long key, out int slot)
    {
        var known = _slotsOfKeys.Remove(key, out slot);
        if (known)
        {
            Interlocked.Decrement(ref _count);
        }

        return known;
    }

    /// <summary>Takes an item out of its slot. The slot becomes <see cref="SlotState.Removed"/> when no other item shares it.</summary>
    /// <returns>Whether it did.</returns>
    public bool Leave(int slot, long key)
    {
        ref var row = ref this[slot];
        if (!row.IsShared)
        {
            Interlocked.Increment(ref _removed);
            row.State = SlotState.Removed;
            return true;
        }

        var sharers = _sharers[slot];
        if (row.Key == key)
        {
            Volatile.Write(ref row.Key, sharers[^1]);
            sharers = sharers[..^1];
        }
        else
        {
            sharers = Array.FindAll(sharers, other => other != key);
        }

        if (sharers.Length > 0)
        {
            _sharers[slot] = sharers;
        }
        else
        {
            row.IsShared = false;
            _sharers.TryRemove(slot, out _);
        }

        return false;
    }

    /// <summary>Makes a removed slot ready to be taken again.</summary>
    public void Free(int slot)
    {
        this[slot].State = SlotState.Free;
        Interlocked.Decrement(ref _removed);
        lock (_free)
        {
            _free.Push(slot);
        }
    }

    /// <summary>All there is to know; nobody may be writing.</summary>
    public SlotSnapshot Copy()
    {
        var slots = new Slot[SlotCount];
        for (var slot = 0; slot < slots.Length; slot++)
        {
            slots[slot] = this[slot];
        }

        return new SlotSnapshot(slots, [.. _sharers.SelectMany(entry => entry.Value.Select(key => (entry.Key, key)))]);
    }

    /// <summary>Fills an empty table.</summary>
    /// <returns>What is wrong with the snapshot; null when nothing is.</returns>
    public string? Fill(SlotSnapshot snapshot)
    {
        _slotCount = snapshot.Slots.Length;
        _slots.EnsureRows(_slotCount);
        ExpectItems(_slotCount + snapshot.Sharers.Length);
        for (var slot = 0; slot < _slotCount; slot++)
        {
            ref var row = ref this[slot];
            row = snapshot.Slots[slot];
            row.IsShared = false;
            switch (row.State)
            {
                case SlotState.Live:
                    if (!Place(row.Key, slot))
                    {
                        return $"it holds the key {row.Key} twice";
                    }

                    break;
                case SlotState.Removed:
                    _removed++;
                    break;
                case SlotState.Free:
                    _free.Push(slot);
                    break;
                default:
                    return $"slot {slot} is in state {row.State}";
            }
        }

        foreach ((var slot, var key) in snapshot.Sharers)
        {
            if (!IsLive(slot) || !Place(key, slot))
            {
                return $"the key {key} cannot share slot {slot}";
            }

            Share(slot, key);
        }

        return null;
    }

    /// <summary>Offers the items of a slot that is live, of those that the filter accepts.</summary>
    public void Offer(int slot, float score, KeyFilter filter, ref TopNeighbors top)
    {
        ref var row = ref this[slot];
        if (row.State != SlotState.Live)
        {
            return;
        }

        var key = Volatile.Read(ref row.Key);
        if (filter.Accepts(key))
        {
            top.Offer(key, score);
        }

        foreach (var sharer in SharersOf(slot))
        {
            if (filter.Accepts(sharer))
            {
                top.Offer(sharer, score);
            }
        }
    }

    /// <summary>Whether the slot is live and holds an item that the filter accepts.</summary>
    public bool Matches(int slot, KeyFilter filter)
    {
        ref var row = ref this[slot];
        if (row.State != SlotState.Live)
        {
            return false;
        }

        if (filter.Accepts(row.Key))
        {
            return true;
        }

        foreach (var sharer in SharersOf(slot))
        {
            if (filter.Accepts(sharer))
            {
                return true;
            }
        }

        return false;
    }
}
