using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Gaussian;

/// <summary>
/// P. D. Marrero Fernandez et al., "Deep Metric Structured Learning for Facial Expression Recognition", 2020, arXiv 2001.06612.
/// Every class is a Gaussian of one width around the mean of its rows in the batch. The loss is the squared error of each row's posterior
/// over the classes of the batch. Sub-class discovery splits classes by mixtures of Gaussians every few epochs
/// (<see cref="SubclassDiscovery"/>). The formula was read in the authors' earlier code; posteriors as a softmax, which keeps the gradients
/// of distant rows, and soft targets of mixed rows are derived.
/// </summary>
public sealed class GaussianSubspaces : EmbeddingLoss
{
    // Sub-classes per class after the first round, and the most.
    private const int FirstParts = 2, MostParts = 4;
    private readonly Options _options;
    [ComponentName(Name = "subclasses")]
    private readonly Tensor _subclasses;
    [ComponentName(Name = "classifier")]
    private readonly Parameter? _classifier;

    /// <summary>Builds the loss; until the first round of discovery the sub-classes are the classes.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public GaussianSubspaces(LossShape shape, Options options, Initializer initializer) : base(nameof(GaussianSubspaces), shape)
    {
        var check = new OptionCheck("gaussian-subspaces");
        check.Above(0, options.Sigma);
        check.AtLeast(0, options.DiscoverEvery);
        check.AtLeast(0, options.ClassificationWeight);
        check.AtLeast(0, options.LengthWeight);
        _options = options;
        _subclasses = tensor(shape.PictureLabels.Count == 0 ? [0L] : shape.PictureLabels.Select(l => (long)l).ToArray());
        if (options.ClassificationWeight > 0)
        {
            _classifier = RowPerClass(initializer.FanIn);
        }

        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "P. D. Marrero Fernandez et al., Deep Metric Structured Learning for Facial Expression Recognition, 2020, arXiv 2001.06612",
        Idea = "Shapes every class as a Gaussian around its mean; optionally splits classes into sub-classes during training.",
        Needs = "many pictures of few classes in a batch, preferably 8 or more of each (balanced sampler: 16 x 8); embeds the training "
            + "set at every round of discovery",
        Status = SourceStatus.PartlyVerified,
        Source = "formula, mixing and discovery were read in the authors' earlier code and assumed for the paper; posteriors as a softmax "
            + "and soft targets of mixed rows are derived. Their attention network is left out. They train and search unscaled embeddings "
            + "of 32 to 64 dimensions together with a cross-entropy; here rows have length 1 because search is by cosine, and sigma must "
            + "match the radius of the classes.",
        Claim = "reported for facial expressions only (FER+, AffectNet, CK+ and others; figures not known)",
    };

    /// <summary>Additional rows, as many as the batch has, that each mix two rows of the batch.</summary>
    public enum Mixing
    {
        /// <summary>Targets are mixed too; class means are of real rows.</summary>
        Soft,

        /// <summary>
        /// As in the authors' code: class numbers are mixed like rows, and a mixed row belongs to the class whose number results.
        /// </summary>
        LiteralIndices,

        /// <summary>No mixed rows.</summary>
        None,
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Width of the Gaussians, above 0; of the order of the radius of a class.</summary>
        public double Sigma { get; init; } = 0.5;

        /// <summary>The additional mixed rows.</summary>
        public Mixing Mixing { get; init; }

        /// <summary>Use the cross-entropy of the posterior instead of its squared error.</summary>
        public bool CrossEntropy { get; init; }

        /// <summary>Epochs between rounds of sub-class discovery, published 20; 0 keeps classes whole.</summary>
        public int DiscoverEvery { get; init; }

        /// <summary>
        /// Weight of the cross-entropy of a linear classifier on the embedding, at least 0; published 1 together with discovery.
        /// </summary>
        public double ClassificationWeight { get; init; }

        /// <summary>Weight of the Frobenius norm of the batch, at least 0; published 1e-4 together with discovery.</summary>
        public double LengthWeight { get; init; }

        /// <summary>Scale rows to length 1, as they are searched; published: false, with a search by Euclidean distance.</summary>
        public bool Normalize { get; init; } = true;

        /// <summary>Learning rate of the classifier as a multiple of the network's.</summary>
        public double ProxyLearningRateFactor { get; init; } = 1;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.ProxyLearningRateFactor;

    /// <inheritdoc/>
    public override void BeginEpoch(EpochStart start)
    {
        if (_options.DiscoverEvery > 0 && start.Epoch > 0 && start.Epoch % _options.DiscoverEvery == 0)
        {
            var round = start.Epoch / _options.DiscoverEvery;
            var parts = Math.Min(FirstParts + round - 1, MostParts);
            using var scope = NewDisposeScope();
            var rows = _options.Normalize ? F.normalize(start.Embeddings) : start.Embeddings;
            _subclasses.copy_(tensor(SubclassDiscovery.Part(rows, Shape.PictureLabels, parts, round)));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var labels = batch.Labels;
        var rows = _options.Normalize ? F.normalize(batch.Embeddings) : batch.Embeddings;
        var own = _subclasses.cpu().data<long>().ToArray();
        var parts = batch.Pictures.Length == 0 ? labels : [.. batch.Pictures.Select(p => own[p])];
        // The median of three uniform numbers has the distribution Beta(2, 2).
        var share = _options.Mixing == Mixing.None ? 1 : rand(3).median().item<float>();
        var order = _options.Mixing == Mixing.None ? [] : randperm(labels.Length).data<long>().ToArray();
        var value = Value(rows, parts, _options.Sigma, _options.Mixing, share, order, _options.CrossEntropy);
        if (_classifier is { } weight)
        {
            var entropy = F.cross_entropy(rows.matmul(weight.t()), tensor(labels).to(rows.device));
            value += entropy * _options.ClassificationWeight;
        }

        if (_options.LengthWeight > 0)
        {
            value += (batch.Embeddings.square().sum() + 1e-12).sqrt() * _options.LengthWeight;
        }

        return value.MoveToOuterDisposeScope();
    }

    /// <summary>The loss of rows of any length.</summary>
    /// <param name="rows">Shape [batch, dimension].</param>
    /// <param name="labels">Classes or sub-classes, as any numbers.</param>
    /// <param name="sigma">Width of the Gaussians.</param>
    /// <param name="mixing">The additional mixed rows.</param>
    /// <param name="share">Share of the row itself in its mixture, 0 to 1.</param>
    /// <param name="order">The row that each row is mixed with.</param>
    /// <param name="crossEntropy">Cross-entropy instead of the squared error.</param>
    internal static Tensor Value(Tensor rows, long[] labels, double sigma, Mixing mixing, double share, long[] order, bool crossEntropy)
    {
        using var scope = NewDisposeScope();
        long[] present = [.. labels.Distinct().Order()];
        var targets = Targets([.. labels.Select(l => (double)l)], present).to(rows);
        var members = targets;
        var all = rows;
        if (mixing != Mixing.None)
        {
            var with = tensor(order).to(rows.device);
            all = cat([rows, (rows * share) + (rows.index_select(0, with) * (1 - share))]);
            // In this form the mixture of two equal numbers is exactly that number.
            double[] mixed = [.. labels.Select((l, i) => labels[order[i]] + (share * (l - labels[order[i]])))];
            var mixedTargets = mixing == Mixing.Soft
                ? (targets * share) + (targets.index_select(0, with) * (1 - share))
                : Targets(mixed, present).to(rows);
            targets = cat([targets, mixedTargets]);
            members = mixing == Mixing.Soft ? members : targets;
        }

        var means = members.t().matmul(mixing == Mixing.LiteralIndices ? all : rows) / members.sum(dim: 0).unsqueeze(1);
        var lengths = all.square().sum(1, keepdim: true) + means.square().sum(1).unsqueeze(0);
        var squared = (lengths - (all.matmul(means.t()) * 2)).clamp(min: 0);
        var logits = squared / (-2 * sigma * sigma);
        return (crossEntropy
            ? -(targets * logits.log_softmax(1)).sum(1).mean()
            : (logits.softmax(1) - targets).square().sum(1).mean()).MoveToOuterDisposeScope();
    }

    // One-hot over the classes that are present; all 0 for any other number.
    private static Tensor Targets(double[] labels, long[] present)
        => tensor(labels).unsqueeze(1).eq(tensor(present.Select(p => (double)p).ToArray()).unsqueeze(0));
}
