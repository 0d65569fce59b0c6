using Dml.Training.Catalogues;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// X. Wang et al., "Multi-Similarity Loss with General Pair Weighting for Deep Metric Learning", CVPR 2019, arXiv 1904.06627.
/// An anchor keeps the negatives with s + epsilon above its smallest positive cosine and the positives with s - epsilon below its largest
/// negative cosine. Over the kept pairs: log(1 + sum over positives of exp(-alpha (s - lambda))) / alpha
/// + log(1 + sum over negatives of exp(beta (s - lambda))) / beta, summed over the anchors that keep both kinds and divided by the batch.
/// </summary>
public sealed class MultiSimilarity : EmbeddingLoss
{
    // The cosine from which the authors' code regards two rows as the same picture.
    private const double SamePicture = 1 - 1e-5;
    private readonly Options _options;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public MultiSimilarity(LossShape shape, Options options) : base(nameof(MultiSimilarity), shape)
    {
        var check = new OptionCheck("multi-similarity");
        check.Above(0, options.Alpha);
        check.Above(0, options.Beta);
        check.Finite(options.Lambda);
        check.AtLeastOrInfinite(0, options.Epsilon);
        _options = options;
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "X. Wang et al., Multi-Similarity Loss with General Pair Weighting for Deep Metric Learning, CVPR 2019, arXiv 1904.06627",
        Idea = "Mines the pairs that are hard for their anchor and weights each pair by its own cosine and by the anchor's other pairs.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 16 x 5)",
        Status = SourceStatus.Verified,
        Source = "the authors' code was read and its value reproduced; beta is 40 as in their configuration (50 in the paper), lambda 0.5 "
            + "as in their code, and the sum is divided by the whole batch as there. The authors train the backbone at a tenth of the "
            + "head's learning rate.",
        Claim = "BN-Inception 512: CUB 65.7, Cars 84.1, SOP 78.2 (paper), In-Shop 89.7 (from memory); ResNet-50 512: CUB 66.46, Cars "
            + "83.99, SOP 79.53 (re-run in the DAS paper)",
    };

    /// <summary>What a recipe may change; the defaults are those of the authors' configuration.</summary>
    public sealed record Options
    {
        /// <summary>Sharpness towards positives, above 0.</summary>
        public double Alpha { get; init; } = 2;

        /// <summary>Sharpness towards negatives, above 0; the paper's text has 50.</summary>
        public double Beta { get; init; } = 40;

        /// <summary>The cosine that positives and negatives are measured from.</summary>
        public double Lambda { get; init; } = 0.5;

        /// <summary>Slack of the mining, at least 0.</summary>
        public double Epsilon { get; init; } = 0.1;

        /// <summary>False weights all pairs without mining.</summary>
        public bool Mining { get; init; } = true;

        /// <summary>Ignore positives with a cosine of 1, which show the same picture.</summary>
        public bool SkipDuplicates { get; init; } = true;

        /// <summary>Divide by the number of anchors that keep pairs instead of by the batch.</summary>
        public bool MeanOverKept { get; init; }
    }

    /// <inheritdoc/>
    public override bool TakesReferences => true;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        return Value(F.normalize(batch.Embeddings), batch.Labels, _options, batch.Anchors).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of unit rows.</summary>
    internal static Tensor Value(Tensor rows, long[] labels, Options options, int? anchors = null)
    {
        using var scope = NewDisposeScope();
        var count = anchors ?? labels.Length;
        var cosines = rows.narrow(0, 0, count).matmul(rows.t());
        var pairs = LabelPairs.Of(labels, rows.device, count);
        var detached = cosines.detach();
        var positive = options.SkipDuplicates ? pairs.Positive.logical_and(detached.lt(SamePicture)) : pairs.Positive;
        var (kept, nears, fars) = options.Mining
            ? Mine(detached, positive, pairs.Negative, options.Epsilon)
            : (ones_like(detached.select(1, 0)), positive, pairs.Negative);
        var pull = MaskedSums.LogOnePlusSum((cosines - options.Lambda) * -options.Alpha, nears, 1) / options.Alpha;
        var push = MaskedSums.LogOnePlusSum((cosines - options.Lambda) * options.Beta, fars, 1) / options.Beta;
        var sum = ((pull + push) * kept).sum();
        return (options.MeanOverKept ? sum / kept.sum().clamp(min: 1) : sum / count).MoveToOuterDisposeScope();
    }

    /// <summary>The pairs that each anchor keeps, and, shape [batch], 1 for the anchors that keep both kinds.</summary>
    internal static (Tensor Kept, Tensor Positive, Tensor Negative) Mine(Tensor cosines, Tensor positive, Tensor negative, double epsilon)
    {
        var least = cosines.masked_fill(positive.logical_not(), double.PositiveInfinity).amin([1], keepdim: true);
        var greatest = cosines.masked_fill(negative.logical_not(), double.NegativeInfinity).amax([1], keepdim: true);
        var nears = positive.logical_and((cosines - epsilon).lt(greatest));
        var fars = negative.logical_and((cosines + epsilon).gt(least));
        return (nears.any(1).logical_and(fars.any(1)).to(cosines.dtype), nears, fars);
    }
}
