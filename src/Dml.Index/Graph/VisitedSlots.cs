namespace Dml.Index.Graph;

/// <summary>The slots that a walk has seen, one bit each: for most indexes they fit into the nearest cache.</summary>
internal sealed class VisitedSlots
{
    private ulong[] _bits = [];
    private int[] _seen = new int[1024];
    private uint _slots;

    public int Count { get; private set; }

    /// <summary>Slots seen by all walks together.</summary>
    public long Total { get; private set; }

    /// <summary>Clears all marks. Slots from <paramref name="slots"/> on, which are added during the walk, are ignored.</summary>
    public void Reset(int slots)
    {
        var words = (slots + 63) / 64;
        if (_bits.Length < words)
        {
            _bits = new ulong[words + (words / 2)];
        }
        else if (Count > words / 16)
        {
            Array.Clear(_bits);
        }
        else
        {
            foreach (var slot in _seen.AsSpan(0, Count))
            {
                _bits[slot >> 6] = 0;
            }
        }

        Count = 0;
        _slots = (uint)slots;
    }

    /// <summary>Marks the slots of a row of links, up to its end, and returns those that were not marked before.</summary>
    public ReadOnlySpan<int> AddAll(ReadOnlySpan<int> links)
    {
        if (_seen.Length < Count + links.Length)
        {
            Array.Resize(ref _seen, 2 * (Count + links.Length));
        }

        // Every link is written after the new ones and kept if it is new: no branch that could be mispredicted.
        var seen = _seen;
        var bits = _bits;
        var first = Count;
        var next = first;
        foreach (var slot in links)
        {
            if ((uint)slot >= _slots)
            {
                if (slot < 0)
                {
                    break;
                }

                continue;
            }

            ref var word = ref bits[slot >> 6];
            var marked = word | (1UL << slot);
            seen[next] = slot;
            next += marked == word ? 0 : 1;
            word = marked;
        }

        Total += next - first;
        Count = next;
        return seen.AsSpan(first, next - first);
    }

    /// <summary>Marks one slot. Returns whether it was not marked before.</summary>
    public bool TryAdd(int slot) => AddAll([slot]).Length > 0;
}
