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
/// A learned boundary beta of the anchor's class parts positives from negatives; over the miner's triplets:
/// (sum of [d(anchor, positive) - beta + margin]+ + [beta - d(anchor, negative) + margin]+ + nu beta) / terms above 0.
/// </summary>
public sealed class Margin : EmbeddingLoss
{
    private readonly Options _options;
    private readonly IMiner _miner;
    [ComponentName(Name = "beta")]
    private readonly Parameter _beta;

    /// <summary>Boundaries that begin where the options say.</summary>
    /// <exception cref="RecipeException">An option out of its range, or an unknown miner.</exception>
    public Margin(LossShape shape, Options options) : base(nameof(Margin), shape)
    {
        if (!(options.Alpha >= 0) || !(options.Beta > 0) || !double.IsFinite(options.Alpha) || !double.IsFinite(options.Beta) || !double.IsFinite(options.Nu))
        {
            throw new RecipeException($"margin wants alpha >= 0, beta > 0 and a finite nu, not {options.Alpha}, {options.Beta} and {options.Nu}.");
        }

        this._options = options;
        _miner = MinerCatalogue.Create(options.Miner);
        _beta = nn.Parameter(full([options.BetaPerClass ? shape.Classes : 1], options.Beta, dtype: float32), requires_grad: options.LearnBeta);
        RegisterComponents();
    }

    /// <summary>What a person must know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Idea = "Parts positives from negatives at a boundary that each class learns, on negatives drawn evenly over all distances.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 14 x 5 or 56 x 2)",
        Status = SourceStatus.Verified,
        Source = "the authors' code was read, the value reproduced; weights of negatives are scaled by each anchor's largest and an anchor without near negatives draws any negative, where the code may draw a positive. The boundary learns 50 times faster as in later re-runs with Adam; the authors used SGD with rate 0.1 for it.",
        Claim = "ResNet-50 128: CUB 63.6, Cars 79.6, SOP 72.7 (paper); CUB 62.61, Cars 80.10, SOP 78.69 (re-run in the DAS paper)",
        Measured = "0.389 on frozen features",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Which triplets count: a line of <see cref="MinerCatalogue"/>.</summary>
        public MethodChoice Miner { get; init; } = new("distance-weighted");

        /// <summary>Margin on both sides of the boundary, at least 0.</summary>
        public double Alpha { get; init; } = 0.2;

        /// <summary>Where the boundary begins, above 0.</summary>
        public double Beta { get; init; } = 1.2;

        /// <summary>False: the boundary stays.</summary>
        public bool LearnBeta { get; init; } = true;

        /// <summary>False: one boundary for all classes.</summary>
        public bool BetaPerClass { get; init; } = true;

        /// <summary>Weight of the boundaries themselves; larger pushes them down.</summary>
        public double Nu { get; init; }

        /// <summary>The boundary learns this many times faster than the network.</summary>
        public double BetaLearningRateFactor { get; init; } = 50;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.BetaLearningRateFactor;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        return Value(F.normalize(batch.Embeddings), batch.Labels, _beta, _options, _miner).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of rows that count as unit vectors.</summary>
    internal static Tensor Value(Tensor rows, long[] labels, Tensor beta, Options options, IMiner miner)
    {
        using var scope = NewDisposeScope();
        var distances = Distances.Euclidean(rows, 1e-8);
        var pairs = MinedPairs.Of(miner, distances, labels, rows.shape[1]);
        var own = (beta.shape[0] == 1 ? beta.expand(labels.Length) : beta.index_select(0, torch.tensor(labels).to(beta.device))).unsqueeze(1);
        var near = (distances - own + options.Alpha).relu();
        var far = (own - distances + options.Alpha).relu();
        var active = (pairs.Positives * near.gt(0)).sum() + (pairs.Negatives * far.gt(0)).sum();
        var boundary = (pairs.Positives.sum(dim: 1, keepdim: true) * own).sum() * options.Nu;
        var sum = (pairs.Positives * near).sum() + (pairs.Negatives * far).sum() + boundary;
        // Without a term above 0 the loss is 0 with gradient 0, nu or not.
        return (sum * active.gt(0) / active.clamp(min: 1)).MoveToOuterDisposeScope();
    }
}
