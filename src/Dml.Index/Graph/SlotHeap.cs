namespace Dml.Index.Graph;

/// <summary>A binary heap of slots with the lowest rank at the root. It grows once and is then reused without allocating.</summary>
internal sealed class SlotHeap
{
    private (float Rank, int Slot)[] _entries = new (float, int)[256];

    public int Count { get; private set; }

    public (float Rank, int Slot) Lowest => _entries[0];

    public ReadOnlySpan<(float Rank, int Slot)> Entries => _entries.AsSpan(0, Count);

    public void Clear() => Count = 0;

    public void Push(float rank, int slot)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * Count);
        }

        int hole = Count++;
        while (hole > 0)
        {
            int parent = (hole - 1) / 2;
            if (_entries[parent].Rank <= rank)
            {
                break;
            }

            _entries[hole] = _entries[parent];
            hole = parent;
        }

        _entries[hole] = (rank, slot);
    }

    public (float Rank, int Slot) Pop()
    {
        (float Rank, int Slot) lowest = _entries[0];
        (float Rank, int Slot) last = _entries[--Count];
        int hole = 0;
        for (int child = 1; child < Count; child = (2 * hole) + 1)
        {
            if (child + 1 < Count && _entries[child + 1].Rank < _entries[child].Rank)
            {
                child++;
            }

            if (last.Rank <= _entries[child].Rank)
            {
                break;
            }

            _entries[hole] = _entries[child];
            hole = child;
        }

        _entries[hole] = last;
        return lowest;
    }
}
