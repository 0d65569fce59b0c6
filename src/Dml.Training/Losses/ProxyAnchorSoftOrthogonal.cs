using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// F. Saberi-Movahed et al., "Deep Metric Learning with Soft Orthogonal Proxies", 2023, arXiv 2306.13055:
/// Proxy Anchor + lambda ||Q Q^T - I||_F^2, with Q the proxies scaled to unit rows, so that classes spread over the sphere.
/// The penalty is the standard soft orthogonality of Bansal, Chen and Wang, NeurIPS 2018.
/// </summary>
public sealed class ProxyAnchorSoftOrthogonal : EmbeddingLoss
{
    private readonly Options _options;
    [ComponentName(Name = "proxies")]
    private readonly Parameter _proxies;

    /// <summary>Draws the proxies from N(0, 2 / classes).</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public ProxyAnchorSoftOrthogonal(LossShape shape, Options options, Initializer initializer)
        : base(nameof(ProxyAnchorSoftOrthogonal), shape)
    {
        var check = new OptionCheck("soft-orthogonal-proxies");
        check.Above(0, options.Alpha);
        check.Finite(options.Delta);
        check.AtLeast(0, options.Lambda ?? 0);
        _options = options;
        _proxies = RowPerClass(rows => initializer.Normal(rows, Math.Sqrt(2.0 / shape.Classes)));
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "F. Saberi-Movahed et al., Deep Metric Learning with Soft Orthogonal Proxies, 2023, arXiv 2306.13055",
        Idea = "Proxy Anchor with a penalty that keeps the proxies at right angles to each other, so that classes spread over the sphere.",
        Needs = "no particular batch; one proxy per class is learned",
        Status = SourceStatus.Derived,
        Source = "only the abstract was read. The penalty is the standard soft orthogonality; its default weight is our choice. The paper "
            + "trains a DeiT backbone.",
        Claim = "state of the art on CUB, Cars, SOP and In-Shop (abstract; figures not known)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Proxy Anchor's sharpness, above 0.</summary>
        public double Alpha { get; init; } = 32;

        /// <summary>Proxy Anchor's margin on the cosine.</summary>
        public double Delta { get; init; } = 0.1;

        /// <summary>Weight of the penalty, at least 0; null means 1 / classes, so that one setting suits data sets of any size.</summary>
        public double? Lambda { get; init; }

        /// <summary>False applies ||P P^T - I||_F^2 to the unscaled proxies, which also drives their lengths towards 1.</summary>
        public bool NormalizeProxies { get; init; } = true;

        /// <summary>Learning rate of the proxies as a multiple of the network's.</summary>
        public double ProxyLearningRateFactor { get; init; } = 100;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.ProxyLearningRateFactor;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var lambda = _options.Lambda ?? (1.0 / Shape.Classes);
        var anchor = ProxyAnchor.Value(batch.Embeddings, batch.Labels, _proxies, _options.Alpha, _options.Delta);
        return (anchor + (Penalty(_proxies, _options.NormalizeProxies) * lambda)).MoveToOuterDisposeScope();
    }

    internal static Tensor Penalty(Tensor proxies, bool normalize)
    {
        using var scope = NewDisposeScope();
        var (classes, dimension) = (proxies.shape[0], proxies.shape[1]);
        var rows = normalize ? F.normalize(proxies) : proxies;
        // ||Q Q^T||_F = ||Q^T Q||_F, so the smaller Gram matrix gives the same sum; 11318 classes would need half a gigabyte.
        var gram = classes > dimension ? rows.t().matmul(rows) : rows.matmul(rows.t());
        var squares = rows.pow(2).sum(dim: 1);
        var all = gram.pow(2).sum();
        // The diagonal is 1 for unit rows but 0 for a zero row, so what is actually there is subtracted.
        var penalty = normalize ? all - squares.pow(2).sum() : all - (squares.sum() * 2.0) + classes;
        return penalty.MoveToOuterDisposeScope();
    }
}
