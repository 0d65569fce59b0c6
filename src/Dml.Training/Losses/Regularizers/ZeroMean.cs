using static TorchSharp.torch;

namespace Dml.Training.Losses.Regularizers;

/// <summary>The mean over rows of |sum of a row's numbers|, or the length of the mean of the unit rows of a batch.</summary>
internal sealed class ZeroMean(ZeroMean.Options options) : IRegularizer
{
    public sealed record Options
    {
        /// <summary>
        /// Draw the mean of the batch's unit rows to the origin, about which the search measures angles, instead of the sum of each row's
        /// numbers to 0.
        /// </summary>
        public bool OfBatch { get; init; }
    }

    public Tensor Cost(Tensor rows, Tensor? classVectors)
    {
        using var scope = NewDisposeScope();
        var cost = options.OfBatch
            ? (nn.functional.normalize(rows).mean([0]).square().sum() + 1e-12).sqrt()
            : rows.sum(1).abs().mean();
        return cost.MoveToOuterDisposeScope();
    }
}
