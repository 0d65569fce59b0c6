using Dml.Training.Catalogues;
using static TorchSharp.torch;

namespace Dml.Training.Losses;

/// <summary>
/// P. Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, arXiv 2004.11362, eq. 2 (the sum outside the logarithm).
/// With s the cosines over the temperature, the mean over anchors and over their positives p of log(sum over all other rows a of exp s(a))
/// - s(p).
/// </summary>
public sealed class SupCon : EmbeddingLoss
{
    private readonly Options _options;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public SupCon(LossShape shape, Options options) : base(nameof(SupCon), shape)
    {
        new OptionCheck("supcon").Above(0, options.Temperature);
        _options = options;
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "P. Khosla et al., Supervised Contrastive Learning, NeurIPS 2020, arXiv 2004.11362",
        Idea = "Every row picks each of its positives out of all other rows of the batch, as a softmax over cosines.",
        Needs = "at least two pictures of a class in a batch; large batches (balanced sampler: 64 x 4), or a cross-batch memory",
        Status = SourceStatus.Verified,
        Source = "the formula is that of public implementations and was computed with PyTorch; its mean is over the anchors that have a "
            + "positive. The authors train a projection head and drop it; here the embedding itself is trained and searched.",
        Claim = "ImageNet top-1 with ResNet-50: 78.7, cross-entropy 77.1 (from memory)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Cosines are divided by this, above 0.</summary>
        public double Temperature { get; init; } = 0.1;
    }

    /// <inheritdoc/>
    public override bool TakesReferences => true;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch, _options);

    internal static Tensor Value(LossBatch batch, Options options)
    {
        using var scope = NewDisposeScope();
        var at = AnchoredCosines.Of(batch);
        var logits = at.Cosines / options.Temperature;
        var others = at.Pairs.Positive.logical_or(at.Pairs.Negative);
        // Where a row is alone the maximum would be -infinity; it is no anchor then.
        var all = where(at.HavePositives, logits.masked_fill(others.logical_not(), -1e30).logsumexp(1), zeros_like(logits.select(1, 0)));
        var own = logits.masked_fill(at.Pairs.Positive.logical_not(), 0).sum(1) / at.Pairs.Positive.sum(1).clamp(min: 1);
        return MaskedSums.Mean(all - own, at.HavePositives).MoveToOuterDisposeScope();
    }
}
