using Dml.Training.Catalogues;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// T. Chen, S. Kornblith, M. Norouzi, G. Hinton, "A Simple Framework for Contrastive Learning of Visual Representations", ICML 2020, arXiv
/// 2002.05709, eq. 1; A. van den Oord, Y. Li, O. Vinyals, arXiv 1807.03748 (InfoNCE).
/// With s the cosines over the temperature, the mean over pairs of an anchor and a positive p of log(exp s(p) + sum over the anchor's
/// negatives n of exp s(n)) - s(p). An anchor's other positives take no part, which matters only where it has more than one.
/// </summary>
public sealed class NtXent : EmbeddingLoss
{
    private readonly Options _options;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public NtXent(LossShape shape, Options options) : base(nameof(NtXent), shape)
    {
        new OptionCheck("nt-xent").Above(0, options.Temperature);
        _options = options;
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "T. Chen, S. Kornblith, M. Norouzi, G. Hinton, A Simple Framework for Contrastive Learning of Visual Representations, "
            + "ICML 2020, arXiv 2002.05709 (SimCLR; also known as InfoNCE, arXiv 1807.03748)",
        Idea = "Every pair of one class is picked out of the anchor's negatives, as a softmax over cosines.",
        Needs = "at least two pictures of a class in a batch; large batches (balanced sampler: 128 x 2), or a cross-batch memory",
        Status = SourceStatus.Verified,
        Source = "the formula is that of public implementations and was computed with PyTorch; the temperature is theirs, the paper's best "
            + "ones are 0.1 and 0.5. The authors train a projection head and drop it; here the embedding itself is trained and searched.",
        Claim = "ImageNet top-1 of a linear classifier on ResNet-50 without labels: 69.3 (from memory)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Cosines are divided by this, above 0.</summary>
        public double Temperature { get; init; } = 0.07;
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
        // log(exp p + sum of exp n) - p = softplus(log of the sum of exp n - p); without negatives that is 0.
        var negatives = logits.masked_fill(at.Pairs.Negative.logical_not(), -1e30).logsumexp(1, keepdim: true);
        return MaskedSums.Mean(F.softplus(negatives - logits), at.Pairs.Positive).MoveToOuterDisposeScope();
    }
}
