using Dml.Training.Losses;
using Dml.Training.Losses.Wrappers;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Feedback;

/// <summary>
/// Another loss on the training pictures, and on each pair behind them, with s the pair's cosine: 1 - s where it is right,
/// max(0, s - margin) where it is wrong. The pairs' mean, times a weight, is added. Right pairs pull until they coincide, wrong ones push
/// until they are unlike enough. After R. Hadsell, S. Chopra, Y. LeCun, "Dimensionality Reduction by Learning an Invariant Mapping",
/// CVPR 2006, on cosines as in torch's CosineEmbeddingLoss.
/// </summary>
internal sealed class FeedbackLoss : LossWrapper
{
    /// <summary>Labels behind the training classes: wrong, right.</summary>
    public const int Verdicts = 2;

    // Times an epoch that a pair counts in full: an explicit word weighs more than one of thousands of pictures.
    private const int Repeats = 4;

    private readonly Options _options;

    public FeedbackLoss(EmbeddingLoss inner, Options options)
        : base(nameof(FeedbackLoss), inner.Shape with { Classes = inner.Shape.Classes + Verdicts }, inner)
    {
        _options = options;
        RegisterComponents();
    }

    public sealed record Options
    {
        /// <summary>Weight of the pairs relative to the other loss.</summary>
        public double Weight { get; init; } = 1;

        /// <summary>The cosine below which a wrong pair is ignored; 0 to 0.5 is usual.</summary>
        public double Margin { get; init; } = 0.25;

        /// <summary>Pairs of a batch.</summary>
        public int Pairs { get; init; } = 8;

        /// <summary>
        /// The options for a number of pairs. A few pairs would come dozens of times an epoch and be overfitted, at the cost of all other
        /// pictures: what comes more than a few times counts for less.
        /// </summary>
        public static Options For(int pairs, int batchesPerEpoch)
        {
            var options = new Options();
            var places = batchesPerEpoch * Math.Min(pairs, options.Pairs);
            return options with { Weight = options.Weight * Math.Min(1, (double)Repeats * pairs / Math.Max(1, places)) };
        }
    }

    public override double ProxyLearningRateFactor => inner.ProxyLearningRateFactor;

    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var (embeddings, labels) = batch;
        var pictures = Array.FindIndex(labels, label => label >= inner.Shape.Classes) is >= 0 and var first ? first : labels.Length;
        var value = inner.Compute(batch with
        {
            Embeddings = embeddings.narrow(0, 0, pictures),
            Labels = labels[..pictures],
            Pictures = batch.Pictures.Length == 0 ? [] : batch.Pictures[..pictures],
            Features = batch.Features?.narrow(0, 0, pictures),
        });
        if (pictures < labels.Length)
        {
            value += OfPairs(embeddings.narrow(0, pictures, labels.Length - pictures), labels[pictures..]) * _options.Weight;
        }

        return value.MoveToOuterDisposeScope();
    }

    private Tensor OfPairs(Tensor embeddings, long[] labels)
    {
        var sides = F.normalize(embeddings.reshape(-1, 2, Shape.Dimension), dim: 2);
        var cosines = (sides.select(1, 0) * sides.select(1, 1)).sum(dim: 1);
        var right = torch
            .tensor(labels.Where((_, i) => i % 2 == 0).Select(label => (float)(label - inner.Shape.Classes)).ToArray())
            .to(embeddings.device);
        return ((right * (1 - cosines)) + ((1 - right) * F.relu(cosines - _options.Margin))).mean();
    }
}
