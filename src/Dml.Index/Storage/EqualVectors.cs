using System.Runtime.InteropServices;

namespace Dml.Index.Storage;

/// <summary>
/// Finds the slot that already holds a vector, bit for bit. Copies of a vector in slots of their own would be a trap: a
/// beam that meets more of them than it is wide holds nothing else and stops. Sharing a slot, they are one step.
/// </summary>
internal sealed class EqualVectors(VectorStore vectors)
{
    // Of vectors that differ and have the same hash only the first is known; copies of the others get their own slots.
    private readonly Dictionary<int, int> _slots = [];

    // A dictionary entry is 16 bytes and a bucket of 4.
    public long MemoryBytes => _slots.Capacity * 20L;

    public bool TryFind(ReadOnlySpan<float> vector, out int slot) =>
        _slots.TryGetValue(Hash(vector), out slot) && vectors[slot].SequenceEqual(vector);

    public void Add(int slot) => _slots.TryAdd(Hash(vectors[slot]), slot);

    public void Remove(int slot)
    {
        int hash = Hash(vectors[slot]);
        if (_slots.TryGetValue(hash, out int known) && known == slot)
        {
            _slots.Remove(hash);
        }
    }

    private static int Hash(ReadOnlySpan<float> vector)
    {
        var hash = new HashCode();
        hash.AddBytes(MemoryMarshal.AsBytes(vector));
        return hash.ToHashCode();
    }
}
