using Dml.Training.Catalogues;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// S. Kan et al., "Contrastive Bayesian Analysis for Deep Metric Learning", TPAMI 2022, arXiv 2210.04402.
/// Pairs are mined as by <see cref="MultiSimilarity"/>. Over an anchor's mined pairs, p = 1 + sum over positives of
/// exp(-(s - positive offset) / positive scale) and n = 1 + sum over negatives of exp((s - negative offset) / negative scale).
/// Its loss is f(p) + f(n) + variance weight V, with f the logarithm, the square root or a line, V = sum over all negatives of (s - mu)^2
/// and mu = omega (mean positive cosine) + (1 - omega) (mean negative cosine); summed over the anchors that keep pairs, divided by the
/// batch.
/// </summary>
public sealed class ContrastiveBayesian : EmbeddingLoss
{
    // The cosine from which the authors' code regards two rows as the same picture.
    private const double SamePicture = 1 - 1e-5;

    // The slope of the authors' "const" form.
    private const double ConstantWeight = 0.25;
    private readonly Options _options;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public ContrastiveBayesian(LossShape shape, Options options) : base(nameof(ContrastiveBayesian), shape)
    {
        var check = new OptionCheck("contrastive-bayesian");
        check.Finite(options.PositiveOffset);
        check.Above(0, options.PositiveScale);
        check.Finite(options.NegativeOffset);
        check.Above(0, options.NegativeScale);
        check.AtLeastOrInfinite(0, options.Epsilon);
        check.Within(0, 1, options.Omega);
        check.AtLeast(0, options.VarianceWeight);
        _options = options;
        RegisterComponents();
    }

    /// <summary>The function f of the sums.</summary>
    public enum Form
    {
        /// <summary>The logarithm.</summary>
        Log,

        /// <summary>The square root.</summary>
        Root,

        /// <summary>1 + a quarter of the excess over 1.</summary>
        Constant,
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "S. Kan et al., Contrastive Bayesian Analysis for Deep Metric Learning, TPAMI 2022, arXiv 2210.04402",
        Idea = "Weights mined pairs by the posterior probability of being alike, and keeps the negatives' cosines close together so that "
            + "unseen classes behave like seen ones.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 15 x 8); the variance is a sum over negatives, so its "
            + "weight depends on the batch: varianceWeight = 112 / negatives",
        Status = SourceStatus.Verified,
        Source = "the authors' code was read and its value reproduced, and is followed also where the journal may divide the variance by "
            + "the negatives; of the Bayesian derivation only the abstract was read. The authors train the head at 3e-5 and the backbone "
            + "at 3e-6; their switch to the 100 largest negatives alone is left out, as their configurations do not use it.",
        Claim = "ResNet-50 512: CUB 69.9 (log), 70.0 (root), 69.2 (constant); BN-Inception 512: 69.5, 69.5, 68.3 (authors' page)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>The function f of the sums.</summary>
        public Form Form { get; init; } = Form.Log;

        /// <summary>The cosine that positives are measured from.</summary>
        public double PositiveOffset { get; init; } = 0.5;

        /// <summary>Scale of positives, above 0.</summary>
        public double PositiveScale { get; init; } = 0.5;

        /// <summary>The cosine that negatives are measured from.</summary>
        public double NegativeOffset { get; init; } = 1;

        /// <summary>Scale of negatives, above 0.</summary>
        public double NegativeScale { get; init; } = 0.01;

        /// <summary>Slack of the mining, at least 0.</summary>
        public double Epsilon { get; init; } = 0.1;

        /// <summary>Share of the positives in the mean that negatives are attracted to, 0 to 1.</summary>
        public double Omega { get; init; } = 0.2;

        /// <summary>Weight of the negatives' variance, at least 0.</summary>
        public double VarianceWeight { get; init; } = 1;
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        return Value(F.normalize(batch.Embeddings), batch.Labels, _options).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of unit rows.</summary>
    internal static Tensor Value(Tensor rows, long[] labels, Options options)
    {
        using var scope = NewDisposeScope();
        var cosines = rows.matmul(rows.t());
        var pairs = LabelPairs.Of(labels, rows.device);
        var positive = pairs.Positive.logical_and(cosines.detach().lt(SamePicture));
        var (kept, nears, fars) = MultiSimilarity.Mine(cosines.detach(), positive, pairs.Negative, options.Epsilon);
        var terms = Of((options.PositiveOffset - cosines) / options.PositiveScale, nears, options.Form)
            + Of((cosines - options.NegativeOffset) / options.NegativeScale, fars, options.Form)
            + (Variance(cosines, positive, pairs.Negative, options.Omega) * options.VarianceWeight);
        return ((terms * kept).sum() / labels.Length).MoveToOuterDisposeScope();
    }

    private static Tensor Of(Tensor exponents, Tensor chosen, Form form)
    {
        if (form == Form.Log)
        {
            return MaskedSums.LogOnePlusSum(exponents, chosen, 1);
        }

        var sum = exponents.masked_fill(chosen.logical_not(), double.NegativeInfinity).exp().sum(dim: 1);
        return form == Form.Root ? (1 + sum).sqrt() : 1 + (sum * ConstantWeight);
    }

    private static Tensor Variance(Tensor cosines, Tensor positive, Tensor negative, double omega)
    {
        var mean = (MeanOf(positive) * omega) + (MeanOf(negative) * (1 - omega));
        return (cosines - mean).masked_fill(negative.logical_not(), 0).pow(2).sum(dim: 1);

        Tensor MeanOf(Tensor chosen)
        {
            var sum = cosines.masked_fill(chosen.logical_not(), 0).sum(dim: 1, keepdim: true);
            return sum / chosen.sum(dim: 1, keepdim: true).clamp(min: 1);
        }
    }
}
