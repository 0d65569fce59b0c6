using static TorchSharp.torch;

namespace Dml.Training.Losses.Synthesis;

/// <summary>A random triplet for every row that has both a positive and a negative in its batch.</summary>
internal sealed record DrawnTriplets(Tensor Anchors, Tensor Positives, Tensor Negatives)
{
    /// <summary>Number of triplets.</summary>
    internal long Count => Anchors.shape[0];

    /// <summary>Draws the triplets; null if no row has both.</summary>
    internal static DrawnTriplets? Of(long[] labels, Device device)
    {
        using var noGradient = no_grad();
        var pairs = LabelPairs.Of(labels, CPU);
        var anchors = pairs.Positive.any(1).logical_and(pairs.Negative.any(1)).nonzero().flatten();
        if (anchors.numel() == 0)
        {
            return null;
        }

        Tensor Drawn(Tensor from) => from.index_select(0, anchors).to(float32).multinomial(1).flatten().to(device);
        return new(anchors.to(device), Drawn(pairs.Positive), Drawn(pairs.Negative));
    }
}
