using System.Runtime.InteropServices;
using Dml.Index.Kernels;
using Dml.Index.Storage;

namespace Dml.Index.Codes;

/// <summary>No codes: the vectors themselves.</summary>
internal sealed class Float32Codes(VectorStore vectors) : VectorCodes
{
    private const int RowsAhead = 2;

    public override ChunkedRows<byte>? Rows => null;

    public override int CandidatesFor(int hits) => hits;

    public override void Set(int slot, ReadOnlySpan<float> vector)
    {
    }

    public override void Prepare(CodeQuery query, ReadOnlySpan<float> vector) => vector.CopyTo(query.Values<float>(vectors.Dimension));

    public override void Prepare(CodeQuery query, int slot) => Prepare(query, vectors[slot]);

    public override float SquaredLength(CodeQuery query, int slot) => Quantizer.Survey(vectors[slot]).Squares;

    public override void Score(CodeQuery query, ReadOnlySpan<int> slots, Span<float> scores)
    {
        for (var i = 0; i < slots.Length; i++)
        {
            if (i + RowsAhead < slots.Length)
            {
                vectors.Prefetch(slots[i + RowsAhead]);
            }

            scores[i] = Score(query, slots[i]);
        }
    }

    public override float Score(CodeQuery query, int slot) =>
        vectors.Score(MemoryMarshal.CreateReadOnlySpan(ref query.First<float>(), vectors.Dimension), slot);
}
