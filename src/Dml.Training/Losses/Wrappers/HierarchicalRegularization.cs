using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Losses.Wrappers;

/// <summary>
/// S. Kim, B. Jeong, S. Kwak, "HIER: Metric Learning Beyond Class Labels via Hierarchical Regularization", CVPR 2023, arXiv 2212.14258.
/// Base + weight x (cost of triplets of rows + cost of triplets of proxies), where proxies in the Poincaré ball learn to be the common ancestors of rows and of each other (<see cref="HierarchyTerm"/>).
/// Verified against the published code. The embedding stays the head's own and is searched by cosine: distances from the ball's centre, which the paper's hyperbolic ranking uses too, are given up.
/// </summary>
public sealed class HierarchicalRegularization : LossWrapper
{
    private readonly Options _options;
    [ComponentName(Name = "ancestors")]
    private readonly Parameter _ancestors;

    /// <summary>Proxies from N(0, 1 / dimension) times 0.9 of the clipping length.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public HierarchicalRegularization(LossShape shape, Options options, Initializer initializer) : base(nameof(HierarchicalRegularization), shape, options.Base, initializer)
    {
        if (!(options.Weight >= 0) || !double.IsFinite(options.Weight) || options.Proxies < 1 || options.Nearest < 2 || options.Triplets < 1
            || !(options.Curvature > 0) || !double.IsFinite(options.Curvature) || !(options.ClipLength > 0) || !double.IsFinite(options.ClipLength)
            || !double.IsFinite(options.Margin) || !(options.Temperature > 0) || !double.IsFinite(options.Temperature))
        {
            throw new RecipeException(
                $"hier wants weight >= 0, at least 1 proxy and triplet, nearest of at least 2, curvature, clipLength and temperature > 0 and a finite margin, not {options.Weight}, {options.Proxies}, {options.Triplets}, {options.Nearest}, {options.Curvature}, {options.ClipLength}, {options.Temperature} and {options.Margin}.");
        }

        this._options = options;
        _ancestors = nn.Parameter(zeros(options.Proxies, shape.Dimension));
        initializer.Normal(_ancestors, options.ClipLength * 0.9 / Math.Sqrt(shape.Dimension));
        RegisterComponents();
    }

    /// <summary>What a person must know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Idea = "Beside a base loss, proxies in hyperbolic space learn to be common ancestors of pictures, so that likeness beyond class labels is kept.",
        Needs = "a base loss; at least two pictures of a class in a batch (balanced sampler: 90 x 2)",
        Status = SourceStatus.PartlyVerified,
        Source = "operations, selection and loss were read in the authors' code; search here is by cosine of the head's own embedding, the paper ranks by hyperbolic distance; its head and learning rates are the recipe's to choose.",
        Claim = "ResNet-50 512: CUB 70.1, Cars 88.2, SOP 80.2, In-Shop 92.4; DeiT-S 128: CUB 75.2, Cars 85.1, SOP 82.5, In-Shop 91.0",
        Measured = "0.390 with Proxy Anchor on frozen features, the same as without: not seen to help",
    };

    /// <summary>What a recipe may change; the defaults are those of the published scripts.</summary>
    public sealed record Options
    {
        /// <summary>The metric loss; published learning rates of its proxies are 10000 times the network's.</summary>
        public MethodChoice Base { get; init; } = new("proxy-anchor");

        /// <summary>lambda 2, weight of the regulariser.</summary>
        public double Weight { get; init; } = 0.5;

        /// <summary>H, proxies of the hierarchy.</summary>
        public int Proxies { get; init; } = 512;

        /// <summary>k, rows that count as nearest, the row itself among them.</summary>
        public int Nearest { get; init; } = 20;

        /// <summary>Triplets drawn for every anchor.</summary>
        public int Triplets { get; init; } = 50;

        /// <summary>c of the ball.</summary>
        public double Curvature { get; init; } = 0.1;

        /// <summary>Tangent vectors are cut to this length.</summary>
        public double ClipLength { get; init; } = 2.3;

        /// <summary>Margin of the hinges.</summary>
        public double Margin { get; init; } = 0.1;

        /// <summary>tau of the draw of an ancestor.</summary>
        public double Temperature { get; init; } = 0.1;

        /// <summary>The hierarchy's proxies learn this many times faster than the network.</summary>
        public double AncestorLearningRateFactor { get; init; } = 50;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.AncestorLearningRateFactor;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        // Radial maps keep cosines: the base may look at the rows as they are.
        var points = Points(batch.Embeddings, _options.Curvature, _options.ClipLength);
        // The proxies are tangent vectors that need no clipping.
        var proxies = PoincareBall.WithRiemannianGradient(PoincareBall.FromTangent(_ancestors.to(points.dtype), _options.Curvature), _options.Curvature);
        var (toProxies, amongProxies) = (PoincareBall.Distances(points, proxies, _options.Curvature), PoincareBall.Distances(proxies, proxies, _options.Curvature));
        var data = HierarchyTriplets.Draw(DataSimilarities(points.detach(), batch.Labels, _options.Curvature), _options.Nearest, _options.Triplets);
        var own = HierarchyTriplets.Draw((-amongProxies.detach()).exp(), _options.Nearest, _options.Triplets);
        var term = HierarchyTerm.Mean(toProxies, data, _options.Margin, _options.Temperature) + HierarchyTerm.Mean(amongProxies, own, _options.Margin, _options.Temperature);
        return (inner.Compute(batch) + (term * _options.Weight)).MoveToOuterDisposeScope();
    }

    /// <summary>Embeddings on the ball.</summary>
    internal static Tensor Points(Tensor embeddings, double curvature, double clipLength)
        => PoincareBall.WithRiemannianGradient(PoincareBall.FromTangent(PoincareBall.Clip(embeddings, clipLength), curvature), curvature);

    /// <summary>exp(-distance), and 1 more where the classes agree.</summary>
    internal static Tensor DataSimilarities(Tensor points, long[] labels, double curvature)
    {
        using var scope = NewDisposeScope();
        return ((-PoincareBall.Distances(points, points, curvature)).exp() + LabelPairs.Of(labels, points.device).Negative.logical_not().to(points)).MoveToOuterDisposeScope();
    }
}
