using Dml.Training.Catalogues;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// S. Kan et al., "Contrastive Bayesian Analysis for Deep Metric Learning", TPAMI 2022, arXiv 2210.04402.
/// Pairs are mined as by <see cref="MultiSimilarity"/>; with positive sum p = 1 + sum of exp(-(s - positive offset) / positive scale) and negative sum
/// n = 1 + sum of exp((s - negative offset) / negative scale) over an anchor's mined pairs: f(p) + f(n) + variance weight * V, f the logarithm, the root or a line,
/// V = sum over all negatives of (s - mu)^2, mu = omega * mean positive + (1 - omega) * mean negative cosine. Summed over anchors that keep pairs, divided by the batch.
/// </summary>
public sealed class ContrastiveBayesian : EmbeddingLoss
{
    // What the authors' code takes for the same picture twice.
    private const double SamePicture = 1 - 1e-5;

    // Slope of the authors' "const" form.
    private const double ConstantWeight = 0.25;
    private readonly Options _options;

    /// <summary>Nothing to learn.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public ContrastiveBayesian(LossShape shape, Options options) : base(nameof(ContrastiveBayesian), shape)
    {
        if (!(options.PositiveScale > 0) || !(options.NegativeScale > 0) || !double.IsFinite(options.PositiveOffset) || !double.IsFinite(options.NegativeOffset)
            || !(options.Epsilon >= 0) || !(options.Omega is >= 0 and <= 1) || !(options.VarianceWeight >= 0))
        {
            throw new RecipeException("contrastive-bayesian wants finite offsets, scales above 0, epsilon >= 0, omega from 0 to 1 and varianceWeight >= 0; "
                + $"not {options.PositiveOffset}, {options.NegativeOffset}, {options.PositiveScale}, {options.NegativeScale}, {options.Epsilon}, {options.Omega} and {options.VarianceWeight}.");
        }

        this._options = options;
        RegisterComponents();
    }

    /// <summary>What is made of the sums.</summary>
    public enum Form
    {
        /// <summary>Their logarithm.</summary>
        Log,

        /// <summary>Their root.</summary>
        Root,

        /// <summary>1 + a quarter of what they are above 1.</summary>
        Constant,
    }

    /// <summary>What a person must know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Idea = "Weighs mined pairs by the posterior of being alike, and keeps the negatives' cosines close together so that unseen classes behave like seen ones.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 15 x 8); the variance is a sum over negatives, so its weight goes with the batch: varianceWeight = 112 / negatives",
        Status = SourceStatus.Verified,
        Source = "the authors' code was read and reproduced, followed also where the journal may divide the variance by the negatives; of the Bayesian derivation only the abstract was read.",
        Claim = "ResNet-50 512: CUB 69.9 (log), 70.0 (root), 69.2 (constant); BN-Inception 512: 69.5, 69.5, 68.3 (authors' page)",
        Measured = "0.343 on frozen features, below the frozen backbone: not seen to help",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>What is made of the sums.</summary>
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

        /// <summary>Share of the positives in the mean that negatives are drawn to, 0 to 1.</summary>
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

    /// <summary>The loss of rows that count as unit vectors.</summary>
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

        Tensor MeanOf(Tensor chosen) => cosines.masked_fill(chosen.logical_not(), 0).sum(dim: 1, keepdim: true) / chosen.sum(dim: 1, keepdim: true).clamp(min: 1);
    }
}
