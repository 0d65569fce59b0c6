using Dml.Training.Catalogues;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// H. O. Song et al., "Deep Metric Learning via Lifted Structured Feature Embedding", CVPR 2016, arXiv 1511.06452.
/// For every positive pair, J = log(sum over the negatives of both ends of exp(margin - d)) + d(pair); loss: mean of [J]+^2 / 2 over pairs.
/// Generalised (A. Hermans et al., 2017, arXiv 1703.07737), for every anchor: [log(sum over positives of exp(d)) + log(sum over negatives of exp(margin - d))]+.
/// Rows are not scaled to length 1, since between unit rows J stays above 0; a small weight on their lengths holds them.
/// </summary>
public sealed class LiftedStructured : EmbeddingLoss
{
    private readonly Options _options;

    /// <summary>Nothing to learn.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public LiftedStructured(LossShape shape, Options options) : base(nameof(LiftedStructured), shape)
    {
        if (!(options.Margin > 0) || !double.IsFinite(options.Margin) || !(options.LengthWeight >= 0))
        {
            throw new RecipeException($"lifted-structured wants margin > 0 and lengthWeight >= 0, not {options.Margin} and {options.LengthWeight}.");
        }

        this._options = options;
        RegisterComponents();
    }

    /// <summary>Which of the formulas.</summary>
    public enum Form
    {
        /// <summary>Of positive pairs, as published.</summary>
        Pairs,

        /// <summary>Of anchors.</summary>
        Generalised,
    }

    /// <summary>What a person must know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Idea = "Every positive pair against all negatives of both its ends at once.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 64 x 2)",
        Status = SourceStatus.Verified,
        Source = "the authors' layer was read and the value reproduced; the weight on lengths is that of later baselines.",
        Claim = "GoogLeNet: CUB 47.2 (paper), Cars 49.0, SOP 62.1 (recalled); generalised, ResNet-50 128: CUB 58.81, Cars 72.45, SOP 76.18 (DAS paper)",
        Measured = "0.373 on frozen features",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>The formula.</summary>
        public Form Form { get; init; } = Form.Pairs;

        /// <summary>Negatives farther than this count little; above 0.</summary>
        public double Margin { get; init; } = 1;

        /// <summary>Scale rows to length 1.</summary>
        public bool Normalize { get; init; }

        /// <summary>Weight of the mean length of rows, at least 0; not used where they are scaled.</summary>
        public double LengthWeight { get; init; } = 0.005;
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        return (_options.Normalize
            ? Value(F.normalize(batch.Embeddings), batch.Labels, _options with { LengthWeight = 0 })
            : Value(batch.Embeddings, batch.Labels, _options)).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of rows as they are.</summary>
    internal static Tensor Value(Tensor rows, long[] labels, Options options)
    {
        using var scope = NewDisposeScope();
        // One class or no pair: nothing to lift.
        if (labels.Distinct().Count() is var classes && (classes == 1 || classes == labels.Length))
        {
            return (rows.sum() * 0).MoveToOuterDisposeScope();
        }

        var pairs = LabelPairs.Of(labels, rows.device);
        var distances = Distances.Euclidean(rows);
        var negatives = (options.Margin - distances).masked_fill(pairs.Positive.logical_or(eye(labels.Length, dtype: ScalarType.Bool).to(rows.device)), double.NegativeInfinity).logsumexp(1);
        var loss = options.Form == Form.Pairs ? OfPairs(distances, negatives, pairs.Positive) : OfAnchors(distances, negatives, pairs.Positive);
        if (options.LengthWeight > 0)
        {
            loss += (rows.pow(2).sum(dim: 1) + 1e-12).sqrt().mean() * options.LengthWeight;
        }

        return loss.MoveToOuterDisposeScope();
    }

    private static Tensor OfPairs(Tensor distances, Tensor negatives, Tensor positive)
    {
        var (one, other) = (negatives.unsqueeze(1), negatives.unsqueeze(0));
        var greater = one.detach().maximum(other.detach());
        var both = greater + ((one - greater).exp() + (other - greater).exp()).log();
        // Ordered pairs: each unordered one twice, in the sum and in the count.
        return MaskedSums.Mean((both + distances).relu().pow(2), positive) / 2;
    }

    private static Tensor OfAnchors(Tensor distances, Tensor negatives, Tensor positive)
    {
        var has = positive.any(1);
        // An anchor without positives is left out below; its row must not be a sum of nothing on the way there.
        var filled = distances.masked_fill(positive.logical_not().logical_and(has.unsqueeze(1)), double.NegativeInfinity);
        return MaskedSums.Mean((filled.logsumexp(1) + negatives).relu(), has);
    }
}
