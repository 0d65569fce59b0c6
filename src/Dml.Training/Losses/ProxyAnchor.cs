using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// S. Kim, D. Kim, M. Cho, S. Kwak, "Proxy Anchor Loss for Deep Metric Learning", CVPR 2020, arXiv 2003.13911.
/// Every proxy is an anchor, compared with all samples of the batch; with s = cosine, over proxies p and samples i:
/// mean over classes in the batch of log(1 + sum of positives exp(-alpha (s - delta)))
/// + mean over all classes of log(1 + sum of negatives exp(alpha (s + delta))).
/// </summary>
public sealed class ProxyAnchor : EmbeddingLoss
{
    private readonly Options options;
    private readonly Parameter proxies;

    /// <summary>Proxies from N(0, 2 / classes).</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public ProxyAnchor(LossShape shape, Options options, Initializer initializer) : base(nameof(ProxyAnchor), shape)
    {
        if (!(options.Alpha > 0) || !double.IsFinite(options.Alpha) || !double.IsFinite(options.Delta))
        {
            throw new RecipeException($"proxy-anchor wants alpha > 0 and a finite delta, not {options.Alpha} and {options.Delta}.");
        }

        this.options = options;
        proxies = CreateProxies(shape, initializer);
        RegisterComponents();
    }

    /// <summary>What a recipe may change; the defaults are the paper's.</summary>
    public sealed record Options
    {
        /// <summary>Sharpness of the exponentials, above 0.</summary>
        public double Alpha { get; init; } = 32;

        /// <summary>Margin on the cosine.</summary>
        public double Delta { get; init; } = 0.1;

        /// <summary>The proxies learn this many times faster than the network.</summary>
        public double ProxyLearningRateFactor { get; init; } = 100;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => options.ProxyLearningRateFactor;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch.Embeddings, batch.Labels, proxies, options.Alpha, options.Delta);

    internal static Parameter CreateProxies(LossShape shape, Initializer initializer)
    {
        var proxies = nn.Parameter(zeros([shape.Classes, shape.Dimension]));
        initializer.Normal(proxies, Math.Sqrt(2.0 / shape.Classes));
        return proxies;
    }

    internal static Tensor Value(Tensor embeddings, long[] labels, Tensor proxies, double alpha, double delta)
    {
        using var scope = NewDisposeScope();
        var classes = proxies.shape[0];
        var cosines = F.normalize(embeddings).matmul(F.normalize(proxies).t());
        var positive = torch.tensor(labels).to(embeddings.device).unsqueeze(1).eq(arange(classes).to(embeddings.device).unsqueeze(0));
        var pull = LogOnePlusSum((cosines - delta) * -alpha, positive);
        var push = LogOnePlusSum((cosines + delta) * alpha, positive.logical_not());
        // A class that is not in the batch has log(1 + 0) = 0 in the first sum and needs no mask.
        var present = labels.Distinct().Count();
        return ((pull.sum() / present) + (push.sum() / classes)).MoveToOuterDisposeScope();
    }

    // log(1 + sum of exp) of each column's chosen entries. The 1 is a row of zeros, so the maximum that logsumexp subtracts is never -infinity.
    private static Tensor LogOnePlusSum(Tensor exponents, Tensor chosen)
    {
        var masked = exponents.masked_fill(chosen.logical_not(), double.NegativeInfinity);
        return cat([masked, zeros_like(masked.narrow(0, 0, 1))], 0).logsumexp(0);
    }
}
