namespace Dml.Index.Storage;

/// <summary>
/// Scores slots against one query that it holds. A walk is generic in it, so that walking over another form of the
/// vectors (codes, say) is another scorer and no second walk.
/// </summary>
internal interface ISlotScorer
{
    /// <summary>Similarity of the query and the vector in <paramref name="slot"/>, higher is better, never NaN.</summary>
    float Score(int slot);
}
