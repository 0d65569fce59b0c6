using Dml.Training.Catalogues;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// J. Wang et al., "Deep Metric Learning with Angular Loss", ICCV 2017, arXiv 1708.01682, eq. 8.
/// With t = tan^2(angle), the mean over pairs of an anchor a and a positive p of log(1 + sum over negatives n of exp(4 t (a + p) n -
/// 2 (1 + t) a p)) of unit rows, which bounds the angle that a negative sees a and p under.
/// </summary>
public sealed class Angular : EmbeddingLoss
{
    // Pairs whose exponents are computed together; every pair has one for each row.
    private const int Pairs = 4096;
    private readonly Options _options;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public Angular(LossShape shape, Options options) : base(nameof(Angular), shape)
    {
        var check = new OptionCheck("angular");
        check.Above(0, options.Angle);
        check.Below(0, 90, options.Angle);
        _options = options;
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "J. Wang et al., Deep Metric Learning with Angular Loss, ICCV 2017, arXiv 1708.01682",
        Idea = "Limits the angle at the negative of the triangle of anchor, positive and negative, which needs no margin in any scale.",
        Needs = "two pictures of a class in a batch, many classes (balanced sampler: 64 x 2)",
        Status = SourceStatus.Verified,
        Source = "the formula is that of public implementations and was computed with PyTorch; every pair of a class counts, where the "
            + "paper has one a class. The paper's best figures add it to n-pair.",
        Claim = "GoogLeNet 512: CUB 53.6, Cars 71.3, SOP 67.9; with n-pair 54.7, 71.4, 70.9 (from memory)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>alpha in degrees, above 0 and below 90; published: 36 to 55, best 45.</summary>
        public double Angle { get; init; } = 45;
    }

    /// <inheritdoc/>
    public override bool TakesReferences => true;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch, _options);

    internal static Tensor Value(LossBatch batch, Options options)
    {
        using var scope = NewDisposeScope();
        var rows = F.normalize(batch.Embeddings);
        var pairs = LabelPairs.Of(batch.Labels, rows.device, batch.Anchors);
        var places = pairs.Positive.nonzero();
        var count = places.shape[0];
        var steep = Math.Pow(Math.Tan(options.Angle * Math.PI / 180), 2);
        var products = rows.matmul(rows.t());
        var sum = Chunked.Sum(products, count, Pairs, (at, first, length) =>
        {
            var some = places.narrow(0, first, length);
            var (anchors, positives) = (some.select(1, 0), some.select(1, 1));
            var toAnchors = at.index_select(0, anchors);
            var exponents = ((toAnchors + at.index_select(0, positives)) * (4 * steep))
                - (toAnchors.gather(1, positives.unsqueeze(1)) * (2 * (1 + steep)));
            return MaskedSums.LogOnePlusSum(exponents, pairs.Negative.index_select(0, anchors), 1).sum();
        });
        return (sum / Math.Max(1, count)).MoveToOuterDisposeScope();
    }
}
