namespace Dml.Index.Graph;

/// <summary>A slot and its similarity to whatever neighbours are sought for.</summary>
internal readonly record struct ScoredSlot(int Slot, float Score)
{
    /// <summary>Best first; equal scores by slot, so that a graph does not depend on how a sort treats ties.</summary>
    public static readonly Comparison<ScoredSlot> BestFirst = (a, b) =>
        a.Score == b.Score ? a.Slot.CompareTo(b.Slot) : b.Score.CompareTo(a.Score);
}
