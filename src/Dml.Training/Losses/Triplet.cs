using Dml.Training.Catalogues;
using Dml.Training.Losses.Mining;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// F. Schroff, D. Kalenichenko, J. Philbin, "FaceNet", CVPR 2015, arXiv 1503.03832; A. Hermans, L. Beyer, B. Leibe,
/// "In Defense of the Triplet Loss for Person Re-Identification", 2017, arXiv 1703.07737.
/// Over the miner's triplets: mean of [D(anchor, positive) - D(anchor, negative) + margin]+, or softplus without margin.
/// </summary>
public sealed class Triplet : EmbeddingLoss
{
    private readonly Options _options;
    private readonly IMiner _miner;

    /// <summary>Nothing to learn.</summary>
    /// <exception cref="RecipeException">An option out of its range, or an unknown miner.</exception>
    public Triplet(LossShape shape, Options options) : base(nameof(Triplet), shape)
    {
        if (!(options.Margin >= 0) || !double.IsFinite(options.Margin))
        {
            throw new RecipeException($"triplet wants a finite margin >= 0, not {options.Margin}.");
        }

        this._options = options;
        _miner = MinerCatalogue.Create(options.Miner);
        RegisterComponents();
    }

    /// <summary>What a person must know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Idea = "A positive must be nearer to its anchor than a negative by a margin; the miner says which triplets count.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 56 x 2, or 18 x 4 for batch-hard)",
        Status = SourceStatus.Verified,
        Source = "the semi-hard rule is that of TensorFlow Addons, which has no upper bound where FaceNet's text has one; the other miners were read in public implementations; batch sizes of the papers are recalled.",
        Claim = "ResNet-50 128: semi-hard CUB 60.25, Cars 74.64, SOP 73.51; distance-weighted CUB 62.68, Cars 78.86, SOP 77.54 (DAS paper); GoogLeNet 512: CUB 54.4, Cars 69.0, SOP 73.5, In-Shop 86.1 (IAA paper)",
        Measured = "semi-hard 0.394, all 0.386, distance-weighted 0.385, batch-hard 0.344 on frozen features; semi-hard 0.406 end to end",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Which triplets count: a line of <see cref="MinerCatalogue"/>.</summary>
        public MethodChoice Miner { get; init; } = new("semi-hard");

        /// <summary>How much nearer the positive must be, in the distance used; at least 0.</summary>
        public double Margin { get; init; } = 0.2;

        /// <summary>Softplus in place of the hinge; the margin is not used.</summary>
        public bool SoftMargin { get; init; }

        /// <summary>Squared distances, as in FaceNet; false: plain ones, as batch-hard was published with.</summary>
        public bool Squared { get; init; } = true;

        /// <summary>Mean over the triplets above 0 only, as is best for the miner <c>all</c>.</summary>
        public bool NonZeroMean { get; init; }

        /// <summary>Scale rows to length 1.</summary>
        public bool Normalize { get; init; } = true;
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        return Value(_options.Normalize ? F.normalize(batch.Embeddings) : batch.Embeddings, batch.Labels, _options, _miner).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of rows as they are.</summary>
    internal static Tensor Value(Tensor rows, long[] labels, Options options, IMiner miner)
    {
        using var scope = NewDisposeScope();
        var distances = options.Squared ? Distances.Squared(rows) : Distances.Euclidean(rows);
        var mined = MinedBatch.Of(distances, labels, rows.shape[1], options.Squared);
        var triplets = new TripletTerms(mined, options.SoftMargin ? TripletTerms.Softplus : TripletTerms.Hinge(options.Margin));
        miner.Mine(mined, triplets.Add);
        return triplets.Mean(distances, options.NonZeroMean).MoveToOuterDisposeScope();
    }
}
