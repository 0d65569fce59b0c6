using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// M. K. Ebrahimpour, G. Qian, A. Beach, "Multi-Head Deep Metric Learning Using Global and Local Representations", WACV 2022, arXiv 2112.14327: multi-similarity over all pairs + 0.03 x Proxy Anchor.
/// Its second-order attention is the head <c>second-order-attention</c>. Equations are those of a public audit of the paper; the paper itself was not at hand.
/// The paper prints a plus in the exponent of the negatives, with which the loss pushes without end; the default is the minus of the original loss.
/// </summary>
public sealed class HybridProxyPair : EmbeddingLoss
{
    private readonly Options _options;
    [ComponentName(Name = "proxies")]
    private readonly Parameter _proxies;

    /// <summary>Proxies from N(0, 1).</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public HybridProxyPair(LossShape shape, Options options, Initializer initializer) : base(nameof(HybridProxyPair), shape)
    {
        double[] positive = [options.PairAlpha, options.PairBeta, options.Alpha];
        if (positive.Any(v => !(v > 0) || !double.IsFinite(v)) || !double.IsFinite(options.PairBase) || !double.IsFinite(options.Delta) || !(options.ProxyWeight >= 0) || !double.IsFinite(options.ProxyWeight))
        {
            throw new RecipeException(
                $"hybrid-proxy-pair wants pairAlpha, pairBeta and alpha > 0, a finite pairBase and delta and proxyWeight >= 0, not {options.PairAlpha}, {options.PairBeta}, {options.Alpha}, {options.PairBase}, {options.Delta} and {options.ProxyWeight}.");
        }

        this._options = options;
        _proxies = RowPerClass(rows => initializer.Normal(rows, 1));
        RegisterComponents();
    }

    /// <summary>What a person must know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Idea = "A pair loss for the fine structure and a proxy loss for the coarse, in one sum.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 32 x 4); published with the head second-order-attention",
        Status = SourceStatus.PartlyVerified,
        Source = "equations and constants by a public audit of the paper; the sign of the negatives' exponent follows the original multi-similarity loss, the printed one is pairSign plus with pairBase 1.",
        Claim = "state of the art on CUB, Cars, SOP and In-Shop at submission (abstract); figures were not at hand",
        Measured = "0.428 end to end, 1.1 points over Proxy Anchor and 1.5 over multi-similarity: seen; on frozen features 0.391, between them",
    };

    /// <summary>The sign before the base in the exponent of the negatives.</summary>
    public enum Sign
    {
        /// <summary>As the original multi-similarity loss.</summary>
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

        /// <summary>The cosine that pairs are measured from; printed: 1.</summary>
        public double PairBase { get; init; } = 0.5;

        /// <summary>The sign before it for negatives.</summary>
        public Sign PairSign { get; init; }

        /// <summary>Proxy Anchor's sharpness.</summary>
        public double Alpha { get; init; } = 32;

        /// <summary>Proxy Anchor's margin.</summary>
        public double Delta { get; init; } = 0.1;

        /// <summary>Weight of Proxy Anchor.</summary>
        public double ProxyWeight { get; init; } = 0.03;

        /// <summary>The proxies learn this many times faster than the network.</summary>
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
