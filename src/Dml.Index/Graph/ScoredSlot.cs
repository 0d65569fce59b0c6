namespace Dml.Index.Graph;

/// <summary>A slot and its similarity to the query of a walk.</summary>
internal readonly record struct ScoredSlot(int Slot, float Score)
{
    /// <summary>Best first; equal scores by slot, so that a graph does not depend on how a sort orders ties.</summary>
    public static readonly Comparison<ScoredSlot> BestFirst = (a, b) =>
        a.Score == b.Score ? a.Slot.CompareTo(b.Slot) : b.Score.CompareTo(a.Score);
}
