using Dml.Index.Codes;
using Dml.Index.Storage;

namespace Dml.Index.Tests;

/// <summary>Codes that run an action when a slot is compared with others, as linking it does: the action may wait or throw.</summary>
internal sealed class FailingCodes(VectorCodes codes) : VectorCodes
{
    public Action<int> OnLink { get; set; } = _ => { };

    public override ChunkedRows<byte>? Rows => codes.Rows;

    public override int CandidatesFor(int hits) => codes.CandidatesFor(hits);

    public override void Set(int slot, ReadOnlySpan<float> vector) => codes.Set(slot, vector);

    public override void Prepare(CodeQuery query, ReadOnlySpan<float> vector) => codes.Prepare(query, vector);

    public override void Prepare(CodeQuery query, int slot)
    {
        OnLink(slot);
        codes.Prepare(query, slot);
    }

    public override void Score(CodeQuery query, ReadOnlySpan<int> slots, Span<float> scores) => codes.Score(query, slots, scores);

    public override float Score(CodeQuery query, int slot) => codes.Score(query, slot);
}
