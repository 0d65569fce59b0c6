using Dml.Index.Codes;
using Dml.Index.Storage;

namespace Dml.Index.Tests;

/// <summary>
/// Codes that run an action when a slot is compared with others, as linking it does, when its code is written, and when room is made for
/// it: the action may wait or throw.
/// </summary>
internal sealed class FailingCodes(VectorCodes codes) : VectorCodes
{
    public Action<int> OnLink { get; set; } = _ => { };

    public Action<int> OnSet { get; set; } = _ => { };

    public Action OnRows { get; set; } = () => { };

    public override ChunkedRows<byte>? Rows
    {
        get
        {
            OnRows();
            return codes.Rows;
        }
    }

    public override int CandidatesFor(int hits) => codes.CandidatesFor(hits);

    public override void Set(int slot, ReadOnlySpan<float> vector)
    {
        OnSet(slot);
        codes.Set(slot, vector);
    }

    public override void Prepare(CodeQuery query, ReadOnlySpan<float> vector) => codes.Prepare(query, vector);

    public override void Prepare(CodeQuery query, int slot)
    {
        OnLink(slot);
        codes.Prepare(query, slot);
    }

    public override float SquaredLength(CodeQuery query, int slot) => codes.SquaredLength(query, slot);

    public override void Score(CodeQuery query, ReadOnlySpan<int> slots, Span<float> scores) => codes.Score(query, slots, scores);

    public override float Score(CodeQuery query, int slot) => codes.Score(query, slot);
}
