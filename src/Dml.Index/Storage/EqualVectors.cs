using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dml.Index.Storage;

/// <summary>
/// Finds the slot that already holds a vector, bit for bit. Copies of a vector in slots of their own would trap a walk: a
/// beam that meets more of them than it is wide holds nothing else and stops. Copies that share a slot are one step.
/// </summary>
internal sealed class EqualVectors(SlotTable slots, VectorStore vectors)
{
    private const int Locks = 64;

    // Of different vectors with the same hash only the first is known; copies of the others get slots of their own.
    private readonly SlotHashTable<uint> _slots = new();
    private readonly Lock[] _locks = [.. Enumerable.Range(0, Locks).Select(_ => new Lock())];

    public long MemoryBytes => _slots.MemoryBytes;

    /// <summary>Must be held while a slot whose vector has this hash is looked up, added, removed, shared or left.</summary>
    public Lock LockOf(uint hash) => _locks[hash % Locks];

    /// <summary>Reserves room for so many vectors in all.</summary>
    public void ExpectItems(int count) => _slots.EnsureRoom(count);

    public bool TryFind(uint hash, ReadOnlySpan<float> vector, out int slot)
    {
        AssertLocked(hash);
        return _slots.TryGet(hash, out slot) && vectors[slot].SequenceEqual(vector);
    }

    public void Add(int slot)
    {
        AssertLocked(slots[slot].VectorHash);
        _slots.TryAdd(slots[slot].VectorHash, slot);
    }

    /// <summary>Adds every live slot. No other thread may use the table or the slots.</summary>
    public void AddAll()
    {
        ExpectItems(slots.SlotCount);
        for (var slot = 0; slot < slots.SlotCount; slot++)
        {
            if (slots.IsLive(slot))
            {
                _slots.TryAdd(slots[slot].VectorHash, slot);
            }
        }
    }

    public void Remove(int slot)
    {
        var hash = slots[slot].VectorHash;
        AssertLocked(hash);
        if (_slots.TryGet(hash, out var known) && known == slot)
        {
            _slots.Remove(hash, out _);
        }
    }

    /// <summary>A hash of a vector's bits. It is stored in files and is the same on every machine.</summary>
    public static uint Hash(ReadOnlySpan<float> vector)
    {
        // Four sums of products, so that the multiplications overlap.
        var words = MemoryMarshal.Cast<float, uint>(vector);
        ulong a = 1;
        ulong b = 2;
        ulong c = 3;
        ulong d = 4;
        var i = 0;
        for (; i + 4 <= words.Length; i += 4)
        {
            a = (a ^ words[i]) * 0x9E3779B97F4A7C15;
            b = (b ^ words[i + 1]) * 0xBF58476D1CE4E5B9;
            c = (c ^ words[i + 2]) * 0x94D049BB133111EB;
            d = (d ^ words[i + 3]) * 0xD6E8FEB86659FD93;
        }

        for (; i < words.Length; i++)
        {
            a = (a ^ words[i]) * 0x9E3779B97F4A7C15;
        }

        var all = ((a ^ (b >> 29)) * 0xBF58476D1CE4E5B9) ^ ((c ^ (d >> 31)) * 0x94D049BB133111EB);
        return (uint)(all >> 32);
    }
    [Conditional("DEBUG")]
    private void AssertLocked(uint hash) =>
        Debug.Assert(LockOf(hash).IsHeldByCurrentThread, "Equal vectors are found and changed under the lock of their hash.");
}
