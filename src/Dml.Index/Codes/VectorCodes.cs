using Dml.Index.Storage;

namespace Dml.Index.Codes;

/// <summary>The codes that walks compare in place of the vectors, by slot. A score is a similarity: higher is better, never NaN.</summary>
internal abstract class VectorCodes
{
    /// <summary>The codes, to be saved and loaded; null if the vectors themselves are compared.</summary>
    public abstract ChunkedRows<byte>? Rows { get; }

    /// <summary>How many of the best slots by code to rank exactly when so many hits are wanted.</summary>
    public abstract int CandidatesFor(int hits);

    /// <summary>Writes a slot's code. No other thread may be looking at the slot.</summary>
    public abstract void Set(int slot, ReadOnlySpan<float> vector);

    /// <summary>Prepares the comparison of slots with a query.</summary>
    public abstract void Prepare(CodeQuery query, ReadOnlySpan<float> vector);

    /// <summary>Prepares the comparison of slots with a slot.</summary>
    public abstract void Prepare(CodeQuery query, int slot);

    /// <summary>The inner product with itself of a slot, with which <paramref name="query"/> was prepared.</summary>
    public abstract float SquaredLength(CodeQuery query, int slot);

    /// <summary>Scores a few slots.</summary>
    public abstract void Score(CodeQuery query, ReadOnlySpan<int> slots, Span<float> scores);

    /// <summary>Scores one slot.</summary>
    public abstract float Score(CodeQuery query, int slot);
}
