using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Losses.Wrappers;

/// <summary>
/// S. Kim, B. Jeong, S. Kwak, "HIER: Metric Learning Beyond Class Labels via Hierarchical Regularization", CVPR 2023, arXiv 2212.14258.
/// Base + weight (cost of triplets of rows + cost of triplets of proxies), where proxies in the Poincaré ball learn to be the common
/// ancestors of rows and of each other (<see cref="HierarchyTerm"/>). As in the published code both losses see the points of the ball, so
/// that the gradients of both are those of its metric. Search is by cosine of the head's embedding, which ignores the distance from the
/// centre of the ball that the paper's hyperbolic ranking uses.
/// </summary>
public sealed class HierarchicalRegularization : LossWrapper
{
    private readonly Options _options;
    [ComponentName(Name = "ancestors")]
    private readonly Parameter _ancestors;

    /// <summary>Draws the proxies from N(0, 1 / dimension), times 0.9 of the clipping length.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public HierarchicalRegularization(LossShape shape, Options options, Initializer initializer)
        : base(nameof(HierarchicalRegularization), shape, options.Base, initializer)
    {
        var check = new OptionCheck("hier");
        check.AtLeast(0, options.Weight);
        check.AtLeast(1, options.Proxies);
        check.AtLeast(2, options.Nearest);
        check.AtLeast(1, options.Triplets);
        check.Above(0, options.Curvature);
        check.Above(0, options.ClipLength);
        check.Finite(options.Margin);
        check.Above(0, options.Temperature);
        _options = options;
        _ancestors = nn.Parameter(zeros(options.Proxies, shape.Dimension));
        initializer.Normal(_ancestors, options.ClipLength * 0.9 / Math.Sqrt(shape.Dimension));
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "S. Kim, B. Jeong, S. Kwak, HIER: Metric Learning Beyond Class Labels via Hierarchical Regularization, CVPR 2023, arXiv "
            + "2212.14258",
        Idea = "In addition to a base loss, proxies in hyperbolic space learn to be common ancestors of pictures, so that similarity "
            + "beyond class labels is kept.",
        Needs = "a base loss; at least two pictures of a class in a batch (balanced sampler: 90 x 2)",
        Status = SourceStatus.Verified,
        Source = "operations, selection, loss and what each of the two losses sees were read in the authors' code; its head is layer-norm. "
            + "An anchor is never its own other here, which the code allows. Search is by cosine of the head's embedding, where the paper "
            + "ranks by hyperbolic distance, because the search service compares unit vectors; learning rates are left to the recipe.",
        Claim = "ResNet-50 512: CUB 70.1, Cars 88.2, SOP 80.2, In-Shop 92.4; DeiT-S 128: CUB 75.2, Cars 85.1, SOP 82.5, In-Shop 91.0",
    };

    /// <summary>What a recipe may change; the defaults are those of the published scripts.</summary>
    public sealed record Options
    {
        /// <summary>The base loss; the published learning rate of its proxies is 10000 times the network's.</summary>
        public MethodChoice Base { get; init; } = new("proxy-anchor");

        /// <summary>lambda 2, the weight of the regularizer, at least 0.</summary>
        public double Weight { get; init; } = 0.5;

        /// <summary>H, proxies of the hierarchy; at least 1.</summary>
        public int Proxies { get; init; } = 512;

        /// <summary>k, rows that count as nearest, including the row itself; at least 2.</summary>
        public int Nearest { get; init; } = 20;

        /// <summary>Triplets drawn per anchor, at least 1.</summary>
        public int Triplets { get; init; } = 50;

        /// <summary>c, the curvature of the ball, above 0.</summary>
        public double Curvature { get; init; } = 0.1;

        /// <summary>Longer tangent vectors are cut to this length, above 0.</summary>
        public double ClipLength { get; init; } = 2.3;

        /// <summary>Margin of the hinges.</summary>
        public double Margin { get; init; } = 0.1;

        /// <summary>tau, the temperature at which an ancestor is drawn, above 0.</summary>
        public double Temperature { get; init; } = 0.1;

        /// <summary>Learning rate of the hierarchy's proxies as a multiple of the network's.</summary>
        public double AncestorLearningRateFactor { get; init; } = 50;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.AncestorLearningRateFactor;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var curvature = _options.Curvature;
        Tensor Mapped(Tensor tangents) => Points(tangents, curvature, _options.ClipLength);
        var points = Mapped(batch.Embeddings);
        var proxies = Mapped(_ancestors.to(points.dtype));
        var toProxies = PoincareBall.Distances(points, proxies, curvature);
        var amongProxies = PoincareBall.Distances(proxies, proxies, curvature);
        var similarities = DataSimilarities(points.detach(), batch.Labels, curvature);
        var data = HierarchyTriplets.Draw(similarities, _options.Nearest, _options.Triplets);
        var own = HierarchyTriplets.Draw((-amongProxies.detach()).exp(), _options.Nearest, _options.Triplets);
        var term = HierarchyTerm.Mean(toProxies, data, _options.Margin, _options.Temperature)
            + HierarchyTerm.Mean(amongProxies, own, _options.Margin, _options.Temperature);
        // The map to the ball is radial and keeps cosines, but not lengths and gradients: the base gets the points, as published.
        var inBall = batch with
        {
            Embeddings = points,
            Project = batch.Project is { } project ? features => Mapped(project(features)) : null,
        };
        return (inner.Compute(inBall) + (term * _options.Weight)).MoveToOuterDisposeScope();
    }

    /// <summary>Tangent vectors clipped and mapped to the ball, with the gradient of its metric.</summary>
    internal static Tensor Points(Tensor embeddings, double curvature, double clipLength)
    {
        var mapped = PoincareBall.FromTangent(PoincareBall.Clip(embeddings, clipLength), curvature);
        return PoincareBall.WithRiemannianGradient(mapped, curvature);
    }

    /// <summary>exp(-distance), plus 1 if the classes agree.</summary>
    internal static Tensor DataSimilarities(Tensor points, long[] labels, double curvature)
    {
        using var scope = NewDisposeScope();
        var sameClass = LabelPairs.Of(labels, points.device).Negative.logical_not().to(points);
        return ((-PoincareBall.Distances(points, points, curvature)).exp() + sameClass).MoveToOuterDisposeScope();
    }
}
