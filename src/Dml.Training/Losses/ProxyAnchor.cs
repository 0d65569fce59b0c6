using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// S. Kim, D. Kim, M. Cho, S. Kwak, "Proxy Anchor Loss for Deep Metric Learning", CVPR 2020, arXiv 2003.13911.
/// Every proxy is an anchor that is compared with all samples of the batch. With s the cosine of a proxy and a sample:
/// mean over the classes in the batch of log(1 + sum over positives of exp(-alpha (s - delta)))
/// + mean over all classes of log(1 + sum over negatives of exp(alpha (s + delta))).
/// </summary>
public sealed class ProxyAnchor : EmbeddingLoss
{
    private readonly Options _options;
    [ComponentName(Name = "proxies")]
    private readonly Parameter _proxies;

    /// <summary>Draws the proxies from N(0, 2 / classes).</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public ProxyAnchor(LossShape shape, Options options, Initializer initializer) : base(nameof(ProxyAnchor), shape)
    {
        var check = new OptionCheck("proxy-anchor");
        check.Above(0, options.Alpha);
        check.Finite(options.Delta);
        _options = options;
        _proxies = RowPerClass(rows => initializer.Normal(rows, Math.Sqrt(2.0 / shape.Classes)));
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "S. Kim et al., Proxy Anchor Loss for Deep Metric Learning, CVPR 2020, arXiv 2003.13911",
        Idea = "Every class has a learned proxy, and every proxy is an anchor that attracts and repels all samples of the batch in "
            + "proportion to how hard they are.",
        Needs = "no particular batch; one proxy per class is learned",
        Status = SourceStatus.Verified,
        Source = "the authors' code was read and its value reproduced. The authors also clip gradients by value (clipGradientValue 10) "
            + "and lower the learning rate in steps (schedule step).",
        Claim = "BN-Inception 512: CUB 68.4, Cars 86.1, SOP 79.1, In-Shop 91.5 (paper)",
    };

    /// <summary>What a recipe may change; the defaults are the paper's.</summary>
    public sealed record Options
    {
        /// <summary>Sharpness of the exponentials, above 0.</summary>
        public double Alpha { get; init; } = 32;

        /// <summary>Margin on the cosine.</summary>
        public double Delta { get; init; } = 0.1;

        /// <summary>Learning rate of the proxies as a multiple of the network's.</summary>
        public double ProxyLearningRateFactor { get; init; } = 100;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.ProxyLearningRateFactor;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch.Embeddings, batch.Labels, _proxies, _options.Alpha, _options.Delta);

    internal static Tensor Value(Tensor embeddings, long[] labels, Tensor proxies, double alpha, double delta)
    {
        using var scope = NewDisposeScope();
        return OfCosines(F.normalize(embeddings).matmul(F.normalize(proxies).t()), labels, alpha, delta).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of the similarities of samples to classes, shape [batch, classes].</summary>
    internal static Tensor OfCosines(Tensor cosines, long[] labels, double alpha, double delta)
    {
        using var scope = NewDisposeScope();
        var classes = cosines.shape[1];
        var positive = torch.tensor(labels).to(cosines.device).unsqueeze(1).eq(arange(classes).to(cosines.device).unsqueeze(0));
        var pull = MaskedSums.LogOnePlusSum((cosines - delta) * -alpha, positive, 0);
        var push = MaskedSums.LogOnePlusSum((cosines + delta) * alpha, positive.logical_not(), 0);
        // A class that is not in the batch has log(1 + 0) = 0 in the first sum and needs no mask.
        var present = labels.Distinct().Count();
        return ((pull.sum() / present) + (push.sum() / classes)).MoveToOuterDisposeScope();
    }
}
