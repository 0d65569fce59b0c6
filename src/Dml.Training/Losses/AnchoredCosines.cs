using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>The cosines of a batch's anchors to all of its rows, [anchors, rows], and which of them are pairs.</summary>
internal sealed record AnchoredCosines(Tensor Cosines, LabelPairs Pairs)
{
    internal static AnchoredCosines Of(LossBatch batch)
    {
        var rows = F.normalize(batch.Embeddings);
        return new(rows.narrow(0, 0, batch.Anchors).matmul(rows.t()), LabelPairs.Of(batch.Labels, rows.device, batch.Anchors));
    }

    /// <summary>The anchors that have a positive.</summary>
    internal Tensor HavePositives => Pairs.Positive.any(1);

    /// <summary>The anchors that have a positive and a negative.</summary>
    internal Tensor HaveBoth => HavePositives.logical_and(Pairs.Negative.any(1));
}
