using Dml.Training.Catalogues;
using Dml.Training.Losses.Mining;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// F. Schroff, D. Kalenichenko, J. Philbin, "FaceNet", CVPR 2015, arXiv 1503.03832; A. Hermans, L. Beyer, B. Leibe,
/// "In Defense of the Triplet Loss for Person Re-Identification", 2017, arXiv 1703.07737.
/// Over the mined triplets: mean of [D(anchor, positive) - D(anchor, negative) + margin]+, or of softplus without a margin.
/// </summary>
public sealed class Triplet : EmbeddingLoss
{
    private readonly Options _options;
    private readonly IMiner _miner;

    /// <summary>Builds the loss; it has no parameters.</summary>
    /// <exception cref="RecipeException">An option is out of range, or the miner is unknown.</exception>
    public Triplet(LossShape shape, Options options) : base(nameof(Triplet), shape)
    {
        new OptionCheck("triplet").AtLeast(0, options.Margin);
        _options = options;
        _miner = MinerCatalogue.Create(options.Miner);
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "F. Schroff, D. Kalenichenko, J. Philbin, FaceNet, CVPR 2015, arXiv 1503.03832",
        Idea = "A positive must be closer to its anchor than a negative by a margin; the miner chooses the triplets.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 56 x 2, or 18 x 4 for batch-hard)",
        Status = SourceStatus.Verified,
        Source = "the semi-hard rule is that of TensorFlow Addons, which has no upper bound where FaceNet's text has one; the other "
            + "miners were read in public implementations; batch sizes of the papers are quoted from memory. What is null is as the "
            + "miner's paper has it: batch-hard with plain distances, a soft margin and unscaled rows, the others with squared distances, "
            + "a hinge and unit rows.",
        Claim = "ResNet-50 128: semi-hard CUB 60.25, Cars 74.64, SOP 73.51; distance-weighted CUB 62.68, Cars 78.86, SOP 77.54 (DAS "
            + "paper); GoogLeNet 512: CUB 54.4, Cars 69.0, SOP 73.5, In-Shop 86.1 (IAA paper)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Chooses the triplets; a line of <see cref="MinerCatalogue"/>.</summary>
        public MethodChoice Miner { get; init; } = new("semi-hard");

        /// <summary>How much closer the positive must be, in the distance used; at least 0.</summary>
        public double Margin { get; init; } = 0.2;

        /// <summary>Softplus instead of the hinge; the margin is ignored. Null means as published: only with batch-hard.</summary>
        public bool? SoftMargin { get; init; }

        /// <summary>Squared instead of plain distances; null means as published: yes, except with batch-hard.</summary>
        public bool? Squared { get; init; }

        /// <summary>Average over the triplets above 0 only, as is usual with the miner <c>all</c>.</summary>
        public bool NonZeroMean { get; init; }

        /// <summary>Scale rows to length 1; null means as published: yes, except with batch-hard.</summary>
        public bool? Normalize { get; init; }

        private bool IsBatchHard => Miner.Name == BatchHard.Name;

        internal bool WithSoftMargin => SoftMargin ?? IsBatchHard;

        internal bool WithSquares => Squared ?? !IsBatchHard;

        internal bool WithUnitRows => Normalize ?? !IsBatchHard;
    }

    /// <inheritdoc/>
    public override bool TakesReferences => true;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var rows = _options.WithUnitRows ? F.normalize(batch.Embeddings) : batch.Embeddings;
        return Value(rows, batch.Labels, _options, _miner, batch.Anchors).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of the rows as given.</summary>
    internal static Tensor Value(Tensor rows, long[] labels, Options options, IMiner miner, int? anchors = null)
    {
        using var scope = NewDisposeScope();
        var distances = options.WithSquares ? Distances.Squared(rows) : Distances.Euclidean(rows);
        var mined = MinedBatch.Of(distances, labels, rows.shape[1], options.WithSquares, anchors);
        var term = options.WithSoftMargin ? TripletTerms.Softplus : TripletTerms.Hinge(options.Margin);
        var triplets = new TripletTerms(mined, term);
        miner.Mine(mined, triplets.Add);
        return triplets.Mean(distances, options.NonZeroMean).MoveToOuterDisposeScope();
    }
}
