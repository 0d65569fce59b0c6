using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// M. K. Ebrahimpour, G. Qian, A. Beach, "Multi-Head Deep Metric Learning Using Global and Local Representations", WACV 2022,
/// arXiv 2112.14327: multi-similarity over all pairs + 0.03 Proxy Anchor.
/// Its second-order attention is the head <c>second-order-attention</c>. The equations are those of a public audit of the paper; the paper
/// itself was not available. It prints a plus in the exponent of the negatives, with which the loss repels without bound; the default is
/// the minus of the original loss.
/// </summary>
public sealed class HybridProxyPair : EmbeddingLoss
{
    private readonly Options _options;
    [ComponentName(Name = "proxies")]
    private readonly Parameter _proxies;

    /// <summary>Draws the proxies from N(0, 1).</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public HybridProxyPair(LossShape shape, Options options, Initializer initializer) : base(nameof(HybridProxyPair), shape)
    {
        var check = new OptionCheck("hybrid-proxy-pair");
        check.Above(0, options.PairAlpha);
        check.Above(0, options.PairBeta);
        check.Finite(options.PairBase);
        check.Above(0, options.Alpha);
        check.Finite(options.Delta);
        check.AtLeast(0, options.ProxyWeight);
        _options = options;
        _proxies = RowPerClass(rows => initializer.Normal(rows, 1));
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "M. K. Ebrahimpour, G. Qian, A. Beach, Multi-Head Deep Metric Learning Using Global and Local Representations, WACV 2022, "
            + "arXiv 2112.14327",
        Idea = "The sum of a pair loss for the fine structure and a proxy loss for the coarse structure.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 32 x 4); published with the head second-order-attention",
        Status = SourceStatus.PartlyVerified,
        Source = "equations and constants are those of a public audit of the paper; the sign of the negatives' exponent follows the "
            + "original multi-similarity loss, the printed one is pairSign plus with pairBase 1. The paper's local branch, a second "
            + "embedding from an earlier map, is left out, because a backbone here gives one map.",
        Claim = "state of the art on CUB, Cars, SOP and In-Shop at submission (abstract; figures not known)",
    };

    /// <summary>The sign of the base in the exponent of the negatives.</summary>
    public enum Sign
    {
        /// <summary>As in the original multi-similarity loss.</summary>
        Minus,

        /// <summary>As printed.</summary>
        Plus,
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Sharpness of the pair loss towards positives.</summary>
        public double PairAlpha { get; init; } = 2;

        /// <summary>Sharpness of the pair loss towards negatives.</summary>
        public double PairBeta { get; init; } = 50;

        /// <summary>The cosine that pairs are measured from; the paper prints 1.</summary>
        public double PairBase { get; init; } = 0.5;

        /// <summary>The sign of the base for negatives.</summary>
        public Sign PairSign { get; init; }

        /// <summary>Proxy Anchor's sharpness.</summary>
        public double Alpha { get; init; } = 32;

        /// <summary>Proxy Anchor's margin.</summary>
        public double Delta { get; init; } = 0.1;

        /// <summary>Weight of Proxy Anchor.</summary>
        public double ProxyWeight { get; init; } = 0.03;

        /// <summary>Learning rate of the proxies as a multiple of the network's.</summary>
        public double ProxyLearningRateFactor { get; init; } = 100;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.ProxyLearningRateFactor;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch.Embeddings, batch.Labels, _proxies, _options);

    internal static Tensor Value(Tensor embeddings, long[] labels, Tensor proxies, Options options)
    {
        using var scope = NewDisposeScope();
        var anchor = ProxyAnchor.Value(embeddings, labels, proxies, options.Alpha, options.Delta);
        return (Pairs(F.normalize(embeddings), labels, options) + (anchor * options.ProxyWeight)).MoveToOuterDisposeScope();
    }

    private static Tensor Pairs(Tensor rows, long[] labels, Options options)
    {
        var cosines = rows.matmul(rows.t());
        var pairs = LabelPairs.Of(labels, rows.device);
        var from = options.PairSign == Sign.Minus ? cosines - options.PairBase : cosines + options.PairBase;
        var pull = MaskedSums.LogOnePlusSum((cosines - options.PairBase) * -options.PairAlpha, pairs.Positive, 1) / options.PairAlpha;
        var push = MaskedSums.LogOnePlusSum(from * options.PairBeta, pairs.Negative, 1) / options.PairBeta;
        return (pull + push).mean();
    }
}
