using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// S. Saeki, M. Kawahara, H. Aman, "Multi Proxy Anchor Loss and Effectiveness of Deep Metric Learning Performance Metrics", 2021,
/// arXiv 2110.03997.
/// Proxy Anchor on the similarity of a sample to a class that has several proxies. The paper's formulas were not available; the three
/// ways of aggregating the cosines s of a class's proxies are derived from SoftTriple (Q. Qian et al., ICCV 2019), on which the paper
/// builds. Soft: their mean weighted by softmax(s / gamma); log-sum-exp: gamma log(sum of exp(s / gamma)); max: the largest.
/// </summary>
public sealed class MultiProxyAnchor : EmbeddingLoss
{
    private readonly Options _options;
    [ComponentName(Name = "proxies")]
    private readonly Parameter _proxies;

    /// <summary>Draws every proxy independently from N(0, 2 / classes).</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public MultiProxyAnchor(LossShape shape, Options options, Initializer initializer) : base(nameof(MultiProxyAnchor), shape)
    {
        var check = new OptionCheck("multi-proxy-anchor");
        check.AtLeast(1, options.Proxies);
        check.Above(0, options.Gamma);
        check.Above(0, options.Alpha);
        check.Finite(options.Delta);
        check.AtLeast(0, options.CentreWeight);
        _options = options;
        _proxies = nn.Parameter(zeros([shape.Classes, options.Proxies, shape.Dimension]));
        initializer.Normal(_proxies, Math.Sqrt(2.0 / shape.Classes));
        RegisterComponents();
    }

    /// <summary>How the cosines of a class's proxies are aggregated to one similarity.</summary>
    public enum Aggregation
    {
        /// <summary>Their mean weighted by their softmax.</summary>
        Soft,

        /// <summary>A smooth maximum, up to gamma log(proxies) above the largest.</summary>
        LogSumExp,

        /// <summary>The largest.</summary>
        Max,
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "S. Saeki, M. Kawahara, H. Aman, Multi Proxy Anchor Loss and Effectiveness of Deep Metric Learning Performance Metrics, "
            + "2021, arXiv 2110.03997",
        Idea = "Proxy Anchor with several proxies per class, for classes whose pictures form several clusters.",
        Needs = "no particular batch; several proxies per class are learned",
        Status = SourceStatus.Derived,
        Source = "only abstract and introduction were read. The similarity to a class is SoftTriple's; with one proxy per class the loss "
            + "is exactly Proxy Anchor.",
        Claim = "higher accuracy than Proxy Anchor on two fine-grained data sets (abstract; figures not known)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Proxies per class, at least 1.</summary>
        public int Proxies { get; init; } = 2;

        /// <summary>How their cosines are aggregated to one similarity.</summary>
        public Aggregation Aggregation { get; init; } = Aggregation.Soft;

        /// <summary>Temperature of the softmax over a class's proxies, above 0.</summary>
        public double Gamma { get; init; } = 0.1;

        /// <summary>Proxy Anchor's sharpness, above 0.</summary>
        public double Alpha { get; init; } = 32;

        /// <summary>Proxy Anchor's margin on the similarity.</summary>
        public double Delta { get; init; } = 0.1;

        /// <summary>Weight of SoftTriple's penalty that merges redundant proxies, at least 0; SoftTriple uses 0.2.</summary>
        public double CentreWeight { get; init; }

        /// <summary>Learning rate of the proxies as a multiple of the network's.</summary>
        public double ProxyLearningRateFactor { get; init; } = 100;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.ProxyLearningRateFactor;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch.Embeddings, batch.Labels, _proxies, _options);

    /// <param name="embeddings">Shape [batch, dimension].</param>
    /// <param name="labels">Shape [batch].</param>
    /// <param name="proxies">Shape [classes, proxies of a class, dimension].</param>
    /// <param name="options">The constants.</param>
    internal static Tensor Value(Tensor embeddings, long[] labels, Tensor proxies, Options options)
    {
        using var scope = NewDisposeScope();
        var (classes, own, dimension) = (proxies.shape[0], proxies.shape[1], proxies.shape[2]);
        var unit = F.normalize(proxies, dim: 2);
        var cosines = F.normalize(embeddings).matmul(unit.reshape(classes * own, dimension).t()).reshape(labels.Length, classes, own);
        var similarity = options.Aggregation switch
        {
            Aggregation.Max => cosines.amax(2),
            Aggregation.LogSumExp => (cosines / options.Gamma).logsumexp(2) * options.Gamma,
            _ => ((cosines / options.Gamma).softmax(2) * cosines).sum(dim: 2),
        };
        var loss = ProxyAnchor.OfCosines(similarity, labels, options.Alpha, options.Delta);
        if (options.CentreWeight > 0 && own > 1)
        {
            loss += Spread(unit) * options.CentreWeight;
        }

        return loss.MoveToOuterDisposeScope();
    }

    // Mean of half the distance over a class's pairs of proxies; the root lets close proxies merge.
    private static Tensor Spread(Tensor unit)
    {
        var (classes, own) = (unit.shape[0], unit.shape[1]);
        var cosines = unit.matmul(unit.transpose(1, 2));
        var pairs = ones([own, own], dtype: ScalarType.Bool).to(unit.device).triu(1).unsqueeze(0);
        var distances = (2 + 1e-5 - (cosines * 2)).clamp(min: 1e-12).sqrt();
        return MaskedSums.Sum(distances, pairs.expand(classes, own, own)) / (classes * own * (own - 1));
    }
}
