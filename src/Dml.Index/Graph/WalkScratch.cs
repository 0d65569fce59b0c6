using Dml.Index.Codes;

namespace Dml.Index.Graph;

/// <summary>Working memory for one walk, or for linking one slot. Pooled, so that a search allocates nothing.</summary>
internal sealed class WalkScratch(int mostLinks)
{
    private ScoredSlot[] _starts = new ScoredSlot[64];

    /// <summary>The query that slots are compared with.</summary>
    public CodeQuery Query { get; } = new();

    public VisitedSlots Visited { get; } = new();

    /// <summary>Slots found.</summary>
    public Beam Beam { get; } = new();

    /// <summary>Slots of a crowd, in the order in which they were found.</summary>
    public List<ScoredSlot> Members { get; } = [];

    /// <summary>Slots to visit that the filter does not accept, best first.</summary>
    public PriorityQueue<int, float> Others { get; } = new();

    /// <summary>Scores of one slot's neighbours.</summary>
    public float[] Scores { get; } = new float[mostLinks];

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
    public Span<ScoredSlot> CopyBeam()
    {
        if (_starts.Length < Beam.Count)
        {
            _starts = new ScoredSlot[2 * Beam.Count];
        }

        for (var i = 0; i < Beam.Count; i++)
        {
            _starts[i] = Beam[i];
        }

        return _starts.AsSpan(0, Beam.Count);
    }
}
