using Dml.Training.Catalogues;
using Dml.Training.Losses.Mining;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// R. Hadsell, S. Chopra, Y. LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", CVPR 2006, and the forms in use since.
/// With d the distance and s the product of two rows:
/// two-margin: mean of [d - positive margin]+ over positive pairs + mean of [negative margin - d]+ over negative pairs, each over the
/// terms above 0;
/// cosine (X. Wang et al., Cross-Batch Memory, CVPR 2020): (sum of 1 - s over positive pairs + sum of [s - cosine margin]+ over negative
/// pairs) / batch;
/// original: mean over pairs of d^2 / 2 if positive and [negative margin - d]+^2 / 2 if negative.
/// </summary>
public sealed class Contrastive : EmbeddingLoss
{
    // The cosine from which a published implementation regards two rows as the same picture.
    private const double SamePicture = 1 - 1e-5;
    private readonly Options _options;
    private readonly IMiner? _miner;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range, or the miner is unknown.</exception>
    public Contrastive(LossShape shape, Options options) : base(nameof(Contrastive), shape)
    {
        var check = new OptionCheck("contrastive");
        check.AtLeastOrInfinite(0, options.PositiveMargin);
        check.Above(0, options.NegativeMargin);
        check.Below(-1, 1, options.CosineMargin);
        if (options.Miner is not null && options.Form != Form.TwoMargin)
        {
            throw new RecipeException("contrastive accepts a miner only in its two-margin form.");
        }

        _options = options;
        _miner = options.Miner is { } choice ? MinerCatalogue.Create(choice) : null;
        RegisterComponents();
    }

    /// <summary>The available formulas.</summary>
    public enum Form
    {
        /// <summary>Plain distances and two margins.</summary>
        TwoMargin,

        /// <summary>Cosines and one margin.</summary>
        Cosine,

        /// <summary>Half squares and one margin.</summary>
        Original,
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "R. Hadsell, S. Chopra, Y. LeCun, Dimensionality Reduction by Learning an Invariant Mapping, CVPR 2006",
        Idea = "Pulls every pair of one class together and pushes every other pair apart up to a margin.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 8 x 4, 16 x 4 or 56 x 2)",
        Status = SourceStatus.Verified,
        Source = "the two-margin, cosine and mined forms were read in three public implementations and the first was reproduced; the "
            + "original form is quoted from memory of the paper.",
        Claim = "GoogLeNet 512: CUB 57.3, Cars 74.1, SOP 75.0, In-Shop 86.5 (re-run in the IAA paper); ResNet-50 128, distance-weighted: "
            + "CUB 61.65, Cars 76.03, SOP 73.13 (DAS paper)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>The formula.</summary>
        public Form Form { get; init; } = Form.TwoMargin;

        /// <summary>Positive pairs closer than this cost nothing; at least 0. Two-margin form.</summary>
        public double PositiveMargin { get; init; }

        /// <summary>Negative pairs farther than this cost nothing; above 0. Two-margin and original form.</summary>
        public double NegativeMargin { get; init; } = 1;

        /// <summary>Negative pairs with a smaller cosine cost nothing; -1 to below 1. Cosine form.</summary>
        public double CosineMargin { get; init; } = 0.5;

        /// <summary>
        /// Two-margin form: average over the terms above 0; false averages over all pairs, which makes gradients much smaller late in
        /// training.
        /// </summary>
        public bool NonZeroMean { get; init; } = true;

        /// <summary>
        /// Scale rows to length 1; null means as published: yes, except in the original form. The cosine form always does.
        /// </summary>
        public bool? Normalize { get; init; }

        /// <summary>
        /// Two-margin form: use the pairs of the triplets that this miner of <see cref="MinerCatalogue"/> chooses, averaged over all of
        /// them; null means all pairs.
        /// </summary>
        public MethodChoice? Miner { get; init; }
    }

    /// <inheritdoc/>
    public override bool TakesReferences => true;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var unit = _options.Form == Form.Cosine || (_options.Normalize ?? _options.Form != Form.Original);
        var rows = unit ? F.normalize(batch.Embeddings) : batch.Embeddings;
        return Value(rows, batch.Labels, _options, _miner, batch.Anchors).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of the rows as given.</summary>
    internal static Tensor Value(Tensor rows, long[] labels, Options options, IMiner? miner = null, int? anchors = null)
    {
        using var scope = NewDisposeScope();
        var count = anchors ?? labels.Length;
        var pairs = LabelPairs.Of(labels, rows.device, count);
        Tensor OfAnchors(Tensor all) => all.narrow(0, 0, count);
        var value = options.Form switch
        {
            Form.Cosine => Cosine(OfAnchors(rows).matmul(rows.t()), pairs, options.CosineMargin),
            Form.Original => Original(OfAnchors(Distances.Squared(rows)), pairs, options.NegativeMargin),
            _ when miner is not null => Mined(Distances.Euclidean(rows), labels, rows.shape[1], options, miner, count),
            _ => TwoMargin(OfAnchors(Distances.Euclidean(rows)), pairs, options),
        };
        return value.MoveToOuterDisposeScope();
    }

    private static Tensor TwoMargin(Tensor distances, LabelPairs pairs, Options options)
    {
        var near = (distances - options.PositiveMargin).relu();
        var far = (options.NegativeMargin - distances).relu();
        return Mean(near, pairs.Positive) + Mean(far, pairs.Negative);

        Tensor Mean(Tensor terms, Tensor chosen)
        {
            var counted = options.NonZeroMean ? chosen.logical_and(terms.gt(0)) : chosen;
            return MaskedSums.Sum(terms, chosen) / counted.sum().clamp(min: 1);
        }
    }

    private static Tensor Mined(
        Tensor distances, long[] labels, long dimension, Options options, IMiner miner, int anchors)
    {
        var pairs = MinedPairs.Of(miner, distances, labels, dimension, anchors);
        var near = (distances - options.PositiveMargin).relu();
        var far = (options.NegativeMargin - distances).relu();
        return ((pairs.Positives * near) + (pairs.Negatives * far)).sum() / Math.Max(1, pairs.Triplets);
    }

    private static Tensor Cosine(Tensor cosines, LabelPairs pairs, double margin)
    {
        var positive = pairs.Positive.logical_and(cosines.lt(SamePicture));
        return (MaskedSums.Sum(1 - cosines, positive) + MaskedSums.Sum((cosines - margin).relu(), pairs.Negative)) / cosines.shape[0];
    }

    private static Tensor Original(Tensor squares, LabelPairs pairs, double margin)
    {
        var near = squares / 2;
        var far = (margin - (squares + 1e-12).sqrt()).relu().pow(2) / 2;
        // Pairs are ordered: each unordered pair counts twice, in the sum and in the divisor.
        var count = squares.shape[0] * (squares.shape[1] - 1);
        return (MaskedSums.Sum(near, pairs.Positive) + MaskedSums.Sum(far, pairs.Negative)) / Math.Max(1, count);
    }
}
