using Dml.Training.Catalogues;
using static TorchSharp.torch;

namespace Dml.Training.Losses.Ranking;

/// <summary>
/// F. Cakir, K. He, X. Xia, B. Kulis, S. Sclaroff, "Deep Metric Learning to Rank", CVPR 2019.
/// The squared distances of an anchor to the others, 0 to 4, are spread over the edges of equal bins. With h the positives at an edge, H
/// and A the positives and all rows up to it, average precision is the sum over edges of h H / A over the number of positives. Loss: 1 -
/// its mean over the anchors that have a positive.
/// </summary>
public sealed class FastAp : EmbeddingLoss
{
    private readonly Options _options;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public FastAp(LossShape shape, Options options) : base(nameof(FastAp), shape)
    {
        new OptionCheck("fast-ap").AtLeast(1, options.Bins);
        _options = options;
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "F. Cakir, K. He, X. Xia, B. Kulis, S. Sclaroff, Deep Metric Learning to Rank, CVPR 2019",
        Idea = "Raises the average precision of every picture's ranking of the batch, made differentiable by a histogram of distances.",
        Needs = "several pictures of a class in a batch; large batches (balanced sampler: 64 x 4)",
        Status = SourceStatus.Verified,
        Source = "the formula is that of public implementations and was computed with PyTorch. The authors draw batches from one category "
            + "at a time where there are categories.",
        Claim = "ResNet-50 512: SOP 76.4, In-Shop 90.9 (from memory)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Bins of the squared distance, at least 1.</summary>
        public int Bins { get; init; } = 10;
    }

    /// <inheritdoc/>
    public override bool TakesReferences => true;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch, _options);

    internal static Tensor Value(LossBatch batch, Options options)
    {
        using var scope = NewDisposeScope();
        var at = AnchoredCosines.Of(batch);
        var width = 4.0 / options.Bins;
        var squares = (2 - (at.Cosines * 2)).clamp(0, 4);
        var edges = arange(options.Bins + 1).to(squares) * width;
        // A row between two edges counts at both, by how near it is.
        var near = (1 - ((squares.unsqueeze(2) - edges).abs() / width)).relu();
        Tensor Histogram(Tensor chosen) => (near * chosen.unsqueeze(2).to(near)).sum(1);
        var (positives, negatives) = (Histogram(at.Pairs.Positive), Histogram(at.Pairs.Negative));
        var found = positives.cumsum(1);
        var seen = (positives + negatives).cumsum(1);
        var some = seen.detach().gt(0);
        var precision = where(some, found / where(some, seen, ones_like(seen)), zeros_like(seen));
        var average = (positives * precision).sum(1) / at.Pairs.Positive.sum(1).clamp(min: 1);
        return MaskedSums.Mean(1 - average, at.HavePositives).MoveToOuterDisposeScope();
    }
}
