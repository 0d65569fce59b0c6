using Dml.Training.Catalogues;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// H. O. Song et al., "Deep Metric Learning via Lifted Structured Feature Embedding", CVPR 2016, arXiv 1511.06452.
/// For every positive pair J = log(sum over the negatives of both ends of exp(margin - d)) + d(pair); the loss is the mean of [J]+^2 / 2
/// over the pairs. Generalised (A. Hermans et al., 2017, arXiv 1703.07737), for every anchor:
/// [log(sum over positives of exp(d)) + log(sum over negatives of exp(margin - d))]+.
/// Rows are not scaled to length 1, because between unit rows J stays above 0; a small weight on their lengths bounds them.
/// </summary>
public sealed class LiftedStructured : EmbeddingLoss
{
    private readonly Options _options;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public LiftedStructured(LossShape shape, Options options) : base(nameof(LiftedStructured), shape)
    {
        var check = new OptionCheck("lifted-structured");
        check.Above(0, options.Margin);
        check.AtLeast(0, options.LengthWeight);
        _options = options;
        RegisterComponents();
    }

    /// <summary>The available formulas.</summary>
    public enum Form
    {
        /// <summary>Over positive pairs, as published.</summary>
        Pairs,

        /// <summary>Over anchors.</summary>
        Generalised,
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "H. O. Song et al., Deep Metric Learning via Lifted Structured Feature Embedding, CVPR 2016, arXiv 1511.06452",
        Idea = "Compares every positive pair with all negatives of both its ends simultaneously.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 64 x 2)",
        Status = SourceStatus.Verified,
        Source = "the authors' layer was read and its value reproduced; the weight of the lengths is that of later baselines.",
        Claim = "GoogLeNet: CUB 47.2 (paper), Cars 49.0, SOP 62.1 (from memory); generalised, ResNet-50 128: CUB 58.81, Cars 72.45, SOP "
            + "76.18 (DAS paper)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>The formula.</summary>
        public Form Form { get; init; } = Form.Pairs;

        /// <summary>Negatives farther away than this count little; above 0.</summary>
        public double Margin { get; init; } = 1;

        /// <summary>Scale rows to length 1.</summary>
        public bool Normalize { get; init; }

        /// <summary>Weight of the mean length of the rows, at least 0; ignored when rows are scaled.</summary>
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

    /// <summary>The loss of the rows as given.</summary>
    internal static Tensor Value(Tensor rows, long[] labels, Options options)
    {
        using var scope = NewDisposeScope();
        // A batch of one class has no negatives, a batch of all different classes no positives.
        if (labels.Distinct().Count() is var classes && (classes == 1 || classes == labels.Length))
        {
            return (rows.sum() * 0).MoveToOuterDisposeScope();
        }

        var pairs = LabelPairs.Of(labels, rows.device);
        var distances = Distances.Euclidean(rows);
        var sameClass = pairs.Positive.logical_or(eye(labels.Length, dtype: ScalarType.Bool).to(rows.device));
        var negatives = (options.Margin - distances).masked_fill(sameClass, double.NegativeInfinity).logsumexp(1);
        var loss = options.Form == Form.Pairs
            ? OfPairs(distances, negatives, pairs.Positive)
            : OfAnchors(distances, negatives, pairs.Positive);
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
        // Pairs are ordered: each unordered pair counts twice, in the sum and in the divisor.
        return MaskedSums.Mean((both + distances).relu().pow(2), positive) / 2;
    }

    private static Tensor OfAnchors(Tensor distances, Tensor negatives, Tensor positive)
    {
        var has = positive.any(1);
        // The mean below ignores anchors without positives, but their rows must not become the logarithm of an empty sum first.
        var filled = distances.masked_fill(positive.logical_not().logical_and(has.unsqueeze(1)), double.NegativeInfinity);
        return MaskedSums.Mean((filled.logsumexp(1) + negatives).relu(), has);
    }
}
