using Dml.Index.Codes;

namespace Dml.Index.Graph;

/// <summary>Working memory for one walk, or for linking one slot. Pooled, so that a search allocates nothing.</summary>
internal sealed class WalkScratch(int mostLinks)
{
    private ScoredSlot[] _starts = new ScoredSlot[64];
    private ScoredSlot[] _matching = new ScoredSlot[64];

    /// <summary>The query that slots are compared with.</summary>
    public CodeQuery Query { get; } = new();

    public VisitedSlots Visited { get; } = new();

    /// <summary>Slots that a walk among matching ones has passed over.</summary>
    public VisitedSlots Passed { get; } = new();

    /// <summary>Slots found.</summary>
    public Beam Beam { get; } = new();

    /// <summary>Slots of a crowd, or those in reach that a slot may be linked from, in the order in which they were found.</summary>
    public List<ScoredSlot> Members { get; } = [];

    /// <summary>Slots to visit that the filter does not accept, best first.</summary>
    public PriorityQueue<int, float> Others { get; } = new();

    /// <summary>Scores of one slot's neighbours, or of the slots gathered.</summary>
    public float[] Scores { get; } = new float[2 * mostLinks];

    /// <summary>Slots beyond one slot that match: as many as it may have links, and those of one more row of links.</summary>
    public int[] Gathered { get; } = new int[2 * mostLinks];

    /// <summary>Links of one slot to slots that do not match.</summary>
    public int[] Bypassed { get; } = new int[mostLinks];

    /// <summary>The links chosen so far, prepared for comparison. The last one is for the owner of the links.</summary>
    public CodeQuery[] Chosen { get; } = [.. Enumerable.Range(0, mostLinks + 1).Select(_ => new CodeQuery())];

    /// <summary>How many slots scans have looked at.</summary>
    public long Scanned { get; set; }

    /// <summary>A single start.</summary>
    public ReadOnlySpan<ScoredSlot> Start(ScoredSlot start)
    {
        _starts[0] = start;
        return _starts.AsSpan(0, 1);
    }

    /// <summary>A copy of the beam, best first, that is valid until the next copy.</summary>
    public Span<ScoredSlot> CopyBeam() => Copy(ref _starts);

    /// <summary>The same, in a place of its own.</summary>
    public Span<ScoredSlot> CopyMatching() => Copy(ref _matching);

    private Span<ScoredSlot> Copy(ref ScoredSlot[] copy)
    {
        if (copy.Length < Beam.Count)
        {
            copy = new ScoredSlot[2 * Beam.Count];
        }

        for (var i = 0; i < Beam.Count; i++)
        {
            copy[i] = Beam[i];
        }

        return copy.AsSpan(0, Beam.Count);
    }
}
