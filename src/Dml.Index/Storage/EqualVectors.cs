using System.Runtime.InteropServices;

namespace Dml.Index.Storage;

/// <summary>
/// Finds the slot that already holds a vector, bit for bit. Copies of a vector in slots of their own would be a trap: a
/// beam that meets more of them than it is wide holds nothing else and stops. Sharing a slot, they are one step.
/// </summary>
internal sealed class EqualVectors(SlotTable slots, VectorStore vectors)
{
    private const int Locks = 64;

    // Of vectors that differ and have the same hash only the first is known; copies of the others get their own slots.
    private readonly SlotHashTable<uint> _slots = new();
    private readonly Lock[] _locks = [.. Enumerable.Range(0, Locks).Select(_ => new Lock())];

    public long MemoryBytes => _slots.MemoryBytes;

    /// <summary>Held by who shares or leaves a slot whose vector has this hash.</summary>
    public Lock LockOf(uint hash) => _locks[hash % Locks];

    /// <summary>Makes room at once for so many vectors.</summary>
    public void ExpectItems(int count) => _slots.EnsureRoom(count);

    public bool TryFind(uint hash, ReadOnlySpan<float> vector, out int slot) =>
        _slots.TryGet(hash, out slot) && vectors[slot].SequenceEqual(vector);

    public void Add(int slot) => _slots.TryAdd(slots[slot].VectorHash, slot);

    public void Remove(int slot)
    {
        var hash = slots[slot].VectorHash;
        if (_slots.TryGet(hash, out var known) && known == slot)
        {
            _slots.Remove(hash, out _);
        }
    }

    /// <summary>A hash of a vector's bits, the same on every machine: files hold it.</summary>
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
}
