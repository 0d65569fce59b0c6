namespace Dml.Index.Graph;

/// <summary>What one walk needs besides the graph; pooled, so that a search allocates nothing.</summary>
internal sealed class WalkScratch
{
    private ScoredSlot[] _sorted = new ScoredSlot[1];

    public VisitedSlots Visited { get; } = new();

    /// <summary>Slots to go on from. Rank is minus the score: the best one is the next.</summary>
    public SlotHeap Candidates { get; } = new();

    /// <summary>Slots found. Rank is the score: the worst one is the first to go.</summary>
    public SlotHeap Results { get; } = new();

    /// <summary>A lone start, in a span that is valid until the results are taken.</summary>
    public ReadOnlySpan<ScoredSlot> Start(ScoredSlot start)
    {
        _sorted[0] = start;
        return _sorted.AsSpan(0, 1);
    }

    /// <summary>Empties <see cref="Results"/> into a span, best first, that is valid until the next call.</summary>
    public Span<ScoredSlot> TakeResults()
    {
        int count = Results.Count;
        if (_sorted.Length < count)
        {
            _sorted = new ScoredSlot[2 * count];
        }

        for (int i = count - 1; i >= 0; i--)
        {
            (float score, int slot) = Results.Pop();
            _sorted[i] = new ScoredSlot(slot, score);
        }

        return _sorted.AsSpan(0, count);
    }
}
