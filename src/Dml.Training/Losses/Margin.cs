using Dml.Training.Catalogues;
using Dml.Training.Losses.Mining;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// C.-Y. Wu, R. Manmatha, A. Smola, P. Krähenbühl, "Sampling Matters in Deep Embedding Learning", ICCV 2017, arXiv 1706.07567.
/// A learned boundary beta of the anchor's class separates positives from negatives. Over the mined triplets:
/// (sum of [d(anchor, positive) - beta + alpha]+ + [beta - d(anchor, negative) + alpha]+ + nu beta) / number of terms above 0.
/// </summary>
public sealed class Margin : EmbeddingLoss
{
    private readonly Options _options;
    private readonly IMiner _miner;
    [ComponentName(Name = "beta")]
    private readonly Parameter _beta;

    /// <summary>Builds the loss with every boundary at the initial value of the options.</summary>
    /// <exception cref="RecipeException">An option is out of range, or the miner is unknown.</exception>
    public Margin(LossShape shape, Options options) : base(nameof(Margin), shape)
    {
        var check = new OptionCheck("margin");
        check.AtLeast(0, options.Alpha);
        check.Above(0, options.Beta);
        check.Finite(options.Nu);
        _options = options;
        _miner = MinerCatalogue.Create(options.Miner);
        var boundaries = options.BetaPerClass ? shape.Classes : 1;
        _beta = nn.Parameter(full([boundaries], options.Beta, dtype: float32), requires_grad: options.LearnBeta);
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "C.-Y. Wu, R. Manmatha, A. Smola, P. Krähenbühl, Sampling Matters in Deep Embedding Learning, ICCV 2017, arXiv 1706.07567",
        Idea = "Separates positives from negatives at a distance that each class learns, with negatives drawn evenly over all distances.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 14 x 5 or 56 x 2)",
        Status = SourceStatus.Verified,
        Source = "the authors' code was read and its value reproduced. The weights of negatives are scaled by each anchor's largest, and "
            + "an anchor without near negatives draws any negative, where the authors' code may draw a positive. The authors train the "
            + "boundary with SGD at the absolute rate 0.1; here its rate is a multiple of the network's, by default 50 as in later "
            + "re-runs with Adam.",
        Claim = "ResNet-50 128: CUB 63.6, Cars 79.6, SOP 72.7 (paper); CUB 62.61, Cars 80.10, SOP 78.69 (re-run in the DAS paper)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Chooses the triplets; a line of <see cref="MinerCatalogue"/>.</summary>
        public MethodChoice Miner { get; init; } = new("distance-weighted");

        /// <summary>Margin on both sides of the boundary, at least 0.</summary>
        public double Alpha { get; init; } = 0.2;

        /// <summary>Initial boundary, above 0.</summary>
        public double Beta { get; init; } = 1.2;

        /// <summary>False keeps the boundary fixed.</summary>
        public bool LearnBeta { get; init; } = true;

        /// <summary>False uses one boundary for all classes.</summary>
        public bool BetaPerClass { get; init; } = true;

        /// <summary>Weight of the boundaries themselves; larger values push them down.</summary>
        public double Nu { get; init; }

        /// <summary>Learning rate of the boundary as a multiple of the network's.</summary>
        public double BetaLearningRateFactor { get; init; } = 50;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.BetaLearningRateFactor;

    /// <inheritdoc/>
    public override bool TakesReferences => true;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        return Value(F.normalize(batch.Embeddings), batch.Labels, _beta, _options, _miner, batch.Anchors).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of unit rows.</summary>
    internal static Tensor Value(Tensor rows, long[] labels, Tensor beta, Options options, IMiner miner, int? anchors = null)
    {
        using var scope = NewDisposeScope();
        var distances = Distances.Euclidean(rows, 1e-8);
        var pairs = MinedPairs.Of(miner, distances, labels, rows.shape[1], anchors);
        var perRow = beta.shape[0] == 1 ? beta.expand(labels.Length) : beta.index_select(0, torch.tensor(labels).to(beta.device));
        var own = perRow.unsqueeze(1);
        var near = (distances - own + options.Alpha).relu();
        var far = (own - distances + options.Alpha).relu();
        var active = (pairs.Positives * near.gt(0)).sum() + (pairs.Negatives * far.gt(0)).sum();
        var boundary = (pairs.Positives.sum(dim: 1, keepdim: true) * own).sum() * options.Nu;
        var sum = (pairs.Positives * near).sum() + (pairs.Negatives * far).sum() + boundary;
        // Without a term above 0 the loss and its gradient are 0, whatever nu is.
        return (sum * active.gt(0) / active.clamp(min: 1)).MoveToOuterDisposeScope();
    }
}
