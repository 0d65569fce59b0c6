using System.Collections.Concurrent;
using System.Diagnostics;

namespace Dml.Index.Storage;

/// <summary>
/// Which slot holds which items. Slots are numbered from 0 and are reused. Items with equal vectors may share a slot.
/// Reading takes no lock. Writes to the same key come one at a time. So do, for the same vector, <see cref="Share"/>,
/// <see cref="Leave"/> and <see cref="Abandon"/>.
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

    /// <summary>Slots that have ever been used: live, removed and free ones.</summary>
    public int SlotCount => Volatile.Read(ref _slotCount);

    /// <summary>Removed slots that the graph may still lead through.</summary>
    public int Removed => Volatile.Read(ref _removed);

    /// <summary>Slots that hold no item: free ones and removed ones.</summary>
    public int Empty => Removed + _free.Count;

    /// <summary>
    /// How many items have begun to leave a slot. A reader that finds this different from an earlier <see cref="MovesEnded"/>
    /// may have seen an item twice or missed it.
    /// </summary>
    public long MovesBegun => Volatile.Read(ref _movesBegun);

    /// <summary>How many of these moves are complete.</summary>
    public long MovesEnded => Volatile.Read(ref _movesEnded);

    public long MemoryBytes => _slotsOfKeys.MemoryBytes + ((long)SlotCount * _slots.RowBytes) + (_free.Count * 4L)
        + _sharers.Sum(entry => 100L + (entry.Value.Length * 8L));

    public ref Slot this[int slot] => ref _slots.First(slot);

    public SlotState StateOf(int slot) => this[slot].State;

    public bool IsLive(int slot) => this[slot].State == SlotState.Live;

    /// <summary>Whether links may lead to the slot.</summary>
    public bool IsPresent(int slot) => this[slot].State is SlotState.Live or SlotState.Linking;

    public bool TryGetSlot(long key, out int slot) => _slotsOfKeys.TryGet(key, out slot);

    /// <summary>Fetches what <see cref="TryGetSlot"/> reads ahead of its use.</summary>
    public void PrefetchSlotOf(long key) => _slotsOfKeys.Prefetch(key);

    /// <summary>Fetches a slot's row ahead of its use.</summary>
    public void Prefetch(int slot) => Storage.Prefetch.Bytes(ref _slots.First(slot), _slots.RowBytes);

    /// <summary>The keys of a slot other than its own.</summary>
    public ReadOnlySpan<long> SharersOf(int slot) =>
        this[slot].IsShared && _sharers.TryGetValue(slot, out var sharers) ? sharers : [];

    /// <summary>
    /// Takes a free slot, or a new one, for an item. It stays <see cref="SlotState.Free"/> until its vector is written
    /// and <see cref="Open"/> is called.
    /// </summary>
    /// <param name="key">The item's key.</param>
    /// <param name="vectorHash">The hash of its vector.</param>
    /// <param name="addRows">
    /// Makes room in the other tables for a slot that is used for the first time. If it throws, there is no such slot.
    /// </param>
    public int Take(long key, uint vectorHash, Action<int> addRows)
    {
        int slot;
        lock (_free)
        {
            if (!_free.TryPop(out slot))
            {
                slot = _slotCount;
                _slots.EnsureRows(slot + 1);
                this[slot] = default;
                addRows(slot);
                Volatile.Write(ref _slotCount, slot + 1);
            }
        }

        ref var row = ref this[slot];
        Debug.Assert(row.State == SlotState.Free, "A slot was taken that is in use.");
        row.Key = key;
        row.VectorHash = vectorHash;
        row.IsShared = false;
        return slot;
    }

    /// <summary>Gives a slot back that was taken and not opened.</summary>
    public void GiveBack(int slot)
    {
        Debug.Assert(this[slot].State == SlotState.Free, "A slot was given back that is in use.");
        lock (_free)
        {
            _free.Push(slot);
        }
    }

    /// <summary>Lets walks pass through a slot.</summary>
    public void Open(int slot) => Change(slot, from: SlotState.Free, to: SlotState.Linking);

    /// <summary>Lets searches return the items of a slot.</summary>
    public void Publish(int slot) => Change(slot, from: SlotState.Linking, to: SlotState.Live);

    /// <summary>
    /// Waits until a slot is no longer being linked. The caller's key shares it, and the caller holds no lock that linking needs.
    /// </summary>
    /// <returns>False when linking failed: the slot was abandoned, and no key is in it.</returns>
    public bool WaitUntilLinked(int slot)
    {
        var wait = default(SpinWait);
        while (this[slot].State == SlotState.Linking)
        {
            wait.SpinOnce();
        }

        return this[slot].State == SlotState.Live;
    }

    /// <summary>Adds an item to a slot that holds another one with an equal vector.</summary>
    public void Share(int slot, long key)
    {
        Debug.Assert(IsPresent(slot), "A removed slot was shared.");
        _sharers.AddOrUpdate(slot, [key], (_, sharers) => [.. sharers, key]);
        this[slot].IsShared = true;
    }

    public void BeginMove() => Interlocked.Increment(ref _movesBegun);

    public void EndMove()
    {
        var ended = Interlocked.Increment(ref _movesEnded);
        Debug.Assert(ended <= MovesBegun, "A move ended that had not begun.");
    }

    /// <summary>Reserves room for so many more items.</summary>
    public void ExpectItems(int more) => _slotsOfKeys.EnsureRoom(Count + more);

    /// <summary>Records the slot of a new key.</summary>
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

    /// <summary>Records another slot for a known key.</summary>
    public void Move(long key, int slot) => _slotsOfKeys.Change(key, slot);

    /// <summary>Removes a key; <see cref="Leave"/> then takes it out of its slot.</summary>
    /// <returns>False when the key is not known.</returns>
    public bool Forget(long key, out int slot)
    {
        var known = _slotsOfKeys.Remove(key, out slot);
        if (known)
        {
            var count = Interlocked.Decrement(ref _count);
            Debug.Assert(count >= 0, "More keys were forgotten than there were.");
        }

        return known;
    }

    /// <summary>Takes an item out of its slot. The slot becomes <see cref="SlotState.Removed"/> when no other item shares it.</summary>
    /// <returns>Whether it did.</returns>
    public bool Leave(int slot, long key)
    {
        ref var row = ref this[slot];
        Debug.Assert(row.Key == key || SharersOf(slot).Contains(key), "An item left a slot that it was not in.");
        if (!row.IsShared)
        {
            // Counted first: a search that sees no removed slot takes every slot for present.
            Interlocked.Increment(ref _removed);
            Change(slot, from: SlotState.Live, to: SlotState.Removed);
            return true;
        }

        var sharers = _sharers[slot];
        Debug.Assert(row.State == SlotState.Live && sharers.Length > 0, "A shared slot is live and has more than one key.");
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

    /// <summary>
    /// Takes every key out of a slot that could not be linked; it becomes <see cref="SlotState.Removed"/>. Other keys that share
    /// it learn of this from <see cref="WaitUntilLinked"/>.
    /// </summary>
    public void Abandon(int slot, long key)
    {
        ref var row = ref this[slot];
        Debug.Assert(row.Key == key, "A slot was abandoned by another item than the one that it was taken for.");
        row.IsShared = false;
        _sharers.TryRemove(slot, out _);
        Interlocked.Increment(ref _removed);
        Change(slot, from: SlotState.Linking, to: SlotState.Removed);
    }

    /// <summary>Makes a removed slot ready to be taken again.</summary>
    public void Free(int slot)
    {
        Change(slot, from: SlotState.Removed, to: SlotState.Free);
        var removed = Interlocked.Decrement(ref _removed);
        Debug.Assert(removed >= 0, "More slots were freed than had been removed.");
        lock (_free)
        {
            _free.Push(slot);
        }
    }

    /// <summary>A copy of the whole table. No other thread may be writing.</summary>
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
    /// <returns>What is wrong with the snapshot, or null.</returns>
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

    /// <summary>Offers those items of a live slot that the filter accepts.</summary>
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

    private void Change(int slot, SlotState from, SlotState to)
    {
        ref var row = ref this[slot];
        Debug.Assert(row.State == from, $"A slot that is {row.State} cannot become {to}.");
        row.State = to;
    }
}
