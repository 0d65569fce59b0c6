using Dml.Index.Codes;

namespace Dml.Index.Graph;

/// <summary>What one walk, or the linking of one slot, needs besides the graph; pooled, so that a search allocates nothing.</summary>
internal sealed class WalkScratch(int mostLinks)
{
    private ScoredSlot[] _starts = new ScoredSlot[64];

    /// <summary>What the walk goes towards.</summary>
    public CodeQuery Query { get; } = new();

    public VisitedSlots Visited { get; } = new();

    /// <summary>Slots found.</summary>
    public Beam Beam { get; } = new();

    /// <summary>Slots that the filter does not accept, to go on from; the best one first.</summary>
    public PriorityQueue<int, float> Others { get; } = new();

    /// <summary>Scores of one slot's neighbours.</summary>
    public float[] Scores { get; } = new float[mostLinks];

    /// <summary>The links chosen so far, prepared to be compared with; the last one is for the owner of the links.</summary>
    public CodeQuery[] Chosen { get; } = [.. Enumerable.Range(0, mostLinks + 1).Select(_ => new CodeQuery())];

    /// <summary>Slots that scans have looked at.</summary>
    public long Scanned { get; set; }

    /// <summary>A lone start.</summary>
    public ReadOnlySpan<ScoredSlot> Start(ScoredSlot start)
    {
        _starts[0] = start;
        return _starts.AsSpan(0, 1);
    }

    /// <summary>A copy of the beam, best first, that is valid until the next one is made.</summary>
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
