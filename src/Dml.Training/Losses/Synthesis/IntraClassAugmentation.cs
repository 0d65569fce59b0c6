using Dml.Training.Catalogues;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Synthesis;

/// <summary>
/// Z. Fu, Z. Mao, B. Hu, A.-A. Liu, Y. Zhang, "Intra-class Adaptive Augmentation with Neighbor Correction for Deep Metric Learning",
/// IEEE Transactions on Multimedia 2022, arXiv 2211.16264. Besides the rows of its batch every row is compared with synthetic rows
/// z + sqrt(lambda Sigma) eps, drawn with the variance Sigma of each row's class. Classes of few pictures borrow variance from neighbours
/// (<see cref="NeighbourCorrection"/>). Anchors are real rows; a row's own synthetic copies are neither positives nor negatives of it.
/// The loss has no parameters. It follows the paper where the published code differs; the code's noise is an option.
/// </summary>
public sealed class IntraClassAugmentation : EmbeddingLoss
{
    private readonly Options _options;
    [ComponentName(Name = "variances")]
    private readonly Tensor _variances;
    [ComponentName(Name = "scale")]
    private readonly Tensor _scale;

    /// <summary>Builds the loss; until the first estimate it is the plain pair loss.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public IntraClassAugmentation(LossShape shape, Options options) : base(nameof(IntraClassAugmentation), shape)
    {
        var check = new OptionCheck("iaa");
        check.AtLeast(1, options.Copies);
        check.AtLeast(0, options.Lambda);
        check.AtLeast(1, options.Neighbours);
        check.AtLeast(0, options.Beta);
        check.Within(0, 1, options.Gamma);
        check.AtLeastOrInfinite(0, options.FewPictures);
        check.AtLeast(1, options.EstimateEvery);
        check.AtLeast(0, options.FirstEpoch ?? 0);
        _options = options;
        _variances = zeros(shape.Classes, shape.Dimension);
        _scale = zeros(1);
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "Z. Fu et al., Intra-class Adaptive Augmentation with Neighbor Correction for Deep Metric Learning, IEEE Transactions on "
            + "Multimedia 2022, arXiv 2211.16264",
        Idea = "Compares every row with synthetic rows drawn from the variance of their classes; classes of few pictures borrow variance "
            + "from their neighbours.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 32 x 4, or 60 x 3 for many small classes); embeds the "
            + "training set every fourth epoch",
        Status = SourceStatus.Verified,
        Source = "paper and published code were read; this follows the paper. The code, which produced the published figures, takes the "
            + "square root again for every copy, which makes the noise much stronger: that is noise released, to which belong "
            + "fewPictures 0, estimateEvery 2 and lambdaFalls true. Its momentum of the estimates is left out. The loss brings its own "
            + "pair losses, because anchors are real rows and references all rows.",
        Claim = "GoogLeNet 512 with multi-similarity, without and with: CUB 56.2 and 62.1, Cars 77.0 and 84.2, SOP 75.9 and 78.6, In-Shop "
            + "87.0 and 89.3",
    };

    /// <summary>The pair loss that is applied to real and synthetic rows.</summary>
    public enum Pairs
    {
        /// <summary>Multi-similarity with its mining: alpha 2, beta 40, base 0.5, margin 0.1.</summary>
        MultiSimilarity,

        /// <summary>Contrastive on cosines: positives above 0.8, negatives below 0.5.</summary>
        Contrastive,
    }

    /// <summary>How far a synthetic row lies from its row.</summary>
    public enum Spread
    {
        /// <summary>sqrt(lambda Sigma) for every copy, as in the paper.</summary>
        Paper,

        /// <summary>
        /// sqrt(lambda) times the root of Sigma for the first copy, the root of that root for the second and so on, as in the published
        /// code.
        /// </summary>
        Released,
    }

    /// <summary>What a recipe may change; the defaults are the paper's.</summary>
    public sealed record Options
    {
        /// <summary>The pair loss.</summary>
        public Pairs Pairs { get; init; }

        /// <summary>How far a synthetic row lies from its row.</summary>
        public Spread Noise { get; init; }

        /// <summary>M, synthetic rows per real row; at least 1.</summary>
        public int Copies { get; init; } = 3;

        /// <summary>Factor of the class's variance, at least 0; published: 0.8 for CUB and Cars, 0.5 to 0.6 for SOP and In-Shop.</summary>
        public double Lambda { get; init; } = 0.8;

        /// <summary>K, classes that a class of few pictures borrows from; at least 1.</summary>
        public int Neighbours { get; init; } = 25;

        /// <summary>How fast borrowing falls with the number of pictures, at least 0.</summary>
        public double Beta { get; init; } = 0.1;

        /// <summary>Share of the mean over all classes in what is borrowed, 0 to 1.</summary>
        public double Gamma { get; init; } = 0.1;

        /// <summary>tau: classes of more pictures than this keep their own variance.</summary>
        public double FewPictures { get; init; } = 40;

        /// <summary>Epochs between estimates of the variance, at least 1.</summary>
        public int EstimateEvery { get; init; } = 4;

        /// <summary>
        /// Epoch of the first estimate, from 0; null means after 30 % of the epochs, as the published code does. An estimate of an
        /// embedding that is still random says nothing of the classes.
        /// </summary>
        public int? FirstEpoch { get; init; }

        /// <summary>
        /// Reduce lambda to 0.9, 0.75 and 0.6 of its value after 40, 60 and 80 % of the epochs, as in the published code; the paper keeps
        /// it constant.
        /// </summary>
        public bool LambdaFalls { get; init; }
    }

    /// <inheritdoc/>
    public override void BeginEpoch(EpochStart start)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var sinceFirst = start.Epoch - (_options.FirstEpoch ?? start.Epochs * 3 / 10);
        if (sinceFirst >= 0 && sinceFirst % _options.EstimateEvery == 0)
        {
            var statistics = ClassStatistics.Of(start.Embeddings, Shape.PictureLabels, Shape.Classes);
            var corrected = NeighbourCorrection.Corrected(
                statistics, _options.Neighbours, _options.Beta, _options.Gamma, _options.FewPictures);
            _variances.copy_(corrected);
        }

        _scale.fill_(_options.Lambda * (_options.LambdaFalls ? Fall((double)start.Epoch / start.Epochs) : 1));
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var (rows, labels) = batch;
        var deviations = Deviations(_variances, _scale, _options.Copies, _options.Noise);
        var classes = tensor(labels).to(rows.device);
        Tensor[] shifts = [.. deviations.Select(d => d.index_select(0, classes).to(rows) * randn(rows.shape).to(rows))];
        return Value(rows, labels, shifts, _options.Pairs).MoveToOuterDisposeScope();
    }

    /// <summary>The deviation of each class for each copy, [classes, dimension].</summary>
    /// <param name="variances">Sigma, [classes, dimension].</param>
    /// <param name="scale">lambda.</param>
    /// <param name="copies">M.</param>
    /// <param name="noise">Which form.</param>
    internal static IReadOnlyList<Tensor> Deviations(Tensor variances, Tensor scale, int copies, Spread noise)
    {
        using var scope = NewDisposeScope();
        var root = variances;
        var deviations = new List<Tensor>();
        for (var copy = 0; copy < copies; copy++)
        {
            root = copy > 0 && noise == Spread.Paper ? root : root.sqrt();
            deviations.Add((root * scale.sqrt()).MoveToOuterDisposeScope());
        }

        return deviations;
    }

    /// <summary>The pair loss of real rows against real and synthetic ones.</summary>
    /// <param name="rows">Embeddings of any length, [batch, dimension].</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="shifts">Deviation times eps, one tensor [batch, dimension] per synthetic copy.</param>
    /// <param name="pairs">The pair loss.</param>
    internal static Tensor Value(Tensor rows, long[] labels, IReadOnlyList<Tensor> shifts, Pairs pairs)
    {
        using var scope = NewDisposeScope();
        var references = F.normalize(cat([rows, .. shifts.Select(shift => rows + shift)]));
        var similarities = F.normalize(rows).matmul(references.t());
        // Column j is row j modulo the batch or a copy of it; neither forms a pair with that row.
        var once = LabelPairs.Of(labels, rows.device);
        var positives = once.Positive.repeat(1, 1 + shifts.Count);
        var negatives = once.Negative.repeat(1, 1 + shifts.Count);
        return (pairs == Pairs.Contrastive
            ? AnchoredPairLosses.Contrastive(similarities, positives, negatives, 0.8, 0.5)
            : AnchoredPairLosses.MultiSimilarity(similarities, positives, negatives, 2, 40, 0.5, 0.1)).MoveToOuterDisposeScope();
    }

    private static double Fall(double done) => done < 0.4 ? 1 : done < 0.6 ? 0.9 : done < 0.8 ? 0.75 : 0.6;
}
