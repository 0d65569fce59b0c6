using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// Y. Movshovitz-Attias et al., "No Fuss Distance Metric Learning using Proxies", ICCV 2017, arXiv 1703.07464, and
/// E. W. Teh, T. DeVries, G. W. Taylor, "ProxyNCA++", ECCV 2020, arXiv 2004.01113. With D the squared distances of scaled samples and
/// scaled proxies:
/// softmax form: cross-entropy of softmax(-D) with targets that may be smoothed;
/// paper form: mean of D(own proxy) + log of the sum over other proxies of exp(-D), which has no lower bound.
/// </summary>
public sealed class ProxyNca : EmbeddingLoss
{
    private readonly Options _options;
    [ComponentName(Name = "proxies")]
    private readonly Parameter _proxies;

    /// <summary>Draws the proxies from N(0, 1 / dimension), so that their length is about 1.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public ProxyNca(LossShape shape, Options options, Initializer initializer) : base(nameof(ProxyNca), shape)
    {
        var check = new OptionCheck("proxy-nca");
        check.Above(0, options.SampleScale);
        check.Above(0, options.ProxyScale);
        check.Below(0, 1, options.Smoothing);
        _options = options;
        _proxies = RowPerClass(rows => initializer.Normal(rows, 1 / Math.Sqrt(shape.Dimension)));
        RegisterComponents();
    }

    /// <summary>The available formulas.</summary>
    public enum Form
    {
        /// <summary>The form of every public implementation.</summary>
        Softmax,

        /// <summary>The form of the paper of 2017.</summary>
        Paper,
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "Y. Movshovitz-Attias et al., No Fuss Distance Metric Learning using Proxies, ICCV 2017, arXiv 1703.07464",
        Idea = "Every class has a learned proxy, and a sample is classified by its distances to all proxies.",
        Needs = "no particular batch; one proxy per class is learned",
        Status = SourceStatus.Verified,
        Source = "the paper's formula leaves the own proxy out of the softmax; this follows the softmax of every public implementation, "
            + "with the scales 3 and 3 and the smoothing 0.1 of the best known one. Its learning rates belong to optimizer adam with "
            + "epsilon 1; by default proxies learn 100 times faster than the network.",
        Claim = "BN-Inception 64: CUB 49.21, Cars 73.22, SOP 73.73 (paper)",
    };

    /// <summary>What a user needs to know to choose the settings of ProxyNCA++.</summary>
    public static MethodAbout AboutPlusPlus { get; } = new()
    {
        Paper = "E. W. Teh, T. DeVries, G. W. Taylor, ProxyNCA++, ECCV 2020, arXiv 2004.01113",
        Idea = "Proxy-NCA as a softmax at low temperature without smoothing; the loss of a recipe with balanced batches, max pooling, a "
            + "layer norm and fast proxies.",
        Needs = "no particular batch, published with the balanced sampler, 8 x 4; one proxy per class is learned",
        Status = SourceStatus.Verified,
        Source = "formula and constants were read in the authors' code. The rest of their recipe is head layer-norm with pooling max and "
            + "dimension 2048, optimizer adam with epsilon 1, learningRate 4e-3 and proxyLearningRateFactor 1e5, clipGradientValue 10, "
            + "headOnlyEpochs 5 and schedule plateau. By default proxies learn 100 times faster than the network.",
        Claim = "ResNet-50 2048: CUB 72.2, Cars 90.1, SOP 81.4, In-Shop 90.9 (paper); ResNet-50 512: CUB 69.0, Cars 86.5, SOP 80.7, "
            + "In-Shop 90.4",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>The formula.</summary>
        public Form Form { get; init; } = Form.Softmax;

        /// <summary>Length that samples are scaled to, above 0; published for SOP: 1.</summary>
        public double SampleScale { get; init; } = 3;

        /// <summary>Length that proxies are scaled to, above 0; published for SOP: 8.</summary>
        public double ProxyScale { get; init; } = 3;

        /// <summary>Softmax form: share of the target that all other classes get together, 0 to below 1.</summary>
        public double Smoothing { get; init; } = 0.1;

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
        var classes = proxies.shape[0];
        if (classes == 1)
        {
            // With a single class the softmax is 1 at any distance, and the paper's sum is empty.
            return ((embeddings.sum() + proxies.sum()) * 0).MoveToOuterDisposeScope();
        }

        var (sample, proxy) = (options.SampleScale, options.ProxyScale);
        var cosines = F.normalize(embeddings).matmul(F.normalize(proxies).t());
        var distances = ((cosines * (-2 * sample * proxy)) + ((sample * sample) + (proxy * proxy))).clamp(min: 0);
        var target = torch.tensor(labels).to(embeddings.device).unsqueeze(1);
        if (options.Form == Form.Paper)
        {
            var own = arange(classes).to(embeddings.device).unsqueeze(0).eq(target);
            var others = (-distances).masked_fill(own, double.NegativeInfinity).logsumexp(1);
            return (distances.gather(1, target).squeeze(1) + others).mean().MoveToOuterDisposeScope();
        }

        var logs = (-distances).log_softmax(1);
        var hit = logs.gather(1, target).squeeze(1);
        var spread = options.Smoothing / (classes - 1);
        var smoothed = (hit * (1 - options.Smoothing - spread)) + (logs.sum(dim: 1) * spread);
        return (smoothed.mean() * -1).MoveToOuterDisposeScope();
    }
}
