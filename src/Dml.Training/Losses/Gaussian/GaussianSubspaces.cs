using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Gaussian;

/// <summary>
/// P. D. Marrero Fernandez et al., "Deep Metric Structured Learning for Facial Expression Recognition", 2020, arXiv 2001.06612.
/// Every class is a Gaussian of one width about the mean of its rows in the batch; the squared error of each row's posterior over the classes of the batch.
/// With sub-class discovery classes are parted by mixtures of Gaussians every so many epochs (<see cref="SubclassDiscovery"/>).
/// The formula was read in the authors' earlier code; posteriors as a softmax, which keeps gradients of far rows, and soft targets of mixed rows are derived.
/// </summary>
public sealed class GaussianSubspaces : EmbeddingLoss
{
    // Sub-classes of a class after the first round, and at most.
    private const int FirstParts = 2, MostParts = 4;
    private readonly Options _options;
    [ComponentName(Name = "subclasses")]
    private readonly Tensor _subclasses;
    [ComponentName(Name = "classifier")]
    private readonly Parameter? _classifier;

    /// <summary>Sub-classes are the classes until the first round.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public GaussianSubspaces(LossShape shape, Options options, Initializer initializer) : base(nameof(GaussianSubspaces), shape)
    {
        if (!(options.Sigma > 0) || !double.IsFinite(options.Sigma) || options.DiscoverEvery < 0
            || !(options.ClassificationWeight >= 0) || !double.IsFinite(options.ClassificationWeight) || !(options.LengthWeight >= 0) || !double.IsFinite(options.LengthWeight))
        {
            throw new RecipeException(
                $"gaussian-subspaces wants sigma > 0, and discoverEvery, classificationWeight and lengthWeight >= 0, not {options.Sigma}, {options.DiscoverEvery}, {options.ClassificationWeight} and {options.LengthWeight}.");
        }

        this._options = options;
        _subclasses = tensor(shape.PictureLabels.Count == 0 ? [0L] : shape.PictureLabels.Select(l => (long)l).ToArray());
        if (options.ClassificationWeight > 0)
        {
            _classifier = RowPerClass(initializer.FanIn);
        }

        RegisterComponents();
    }

    /// <summary>What a person must know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Idea = "Shapes every class as a Gaussian about its mean; may part classes into sub-classes as it learns.",
        Needs = "many pictures of few classes in a batch, better 8 or more of each (balanced sampler: 16 x 8); embeds the training set at every round of discovery",
        Status = SourceStatus.PartlyVerified,
        Source = "formula, mixing and discovery were read in the authors' earlier code and assumed for the paper; posteriors as a softmax and soft targets of mixed rows are derived. Their attention network is left out.",
        Claim = "reported for facial expressions only (FER+, AffectNet, CK+ and others); the tables were not at hand",
        Measured = "0.339 on frozen features, below the frozen backbone; faces were not measured",
    };

    /// <summary>Rows mixed of two rows of the batch, as many again.</summary>
    public enum Mixing
    {
        /// <summary>With mixed targets; class means of real rows.</summary>
        Soft,

        /// <summary>As the authors' code: class numbers are mixed like rows, and a mixed row counts for the class whose number comes out.</summary>
        LiteralIndices,

        /// <summary>None.</summary>
        None,
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Width of the Gaussians, of the order of the radius of a class.</summary>
        public double Sigma { get; init; } = 0.5;

        /// <summary>Rows mixed of two rows of the batch.</summary>
        public Mixing Mixing { get; init; }

        /// <summary>Cross-entropy of the posterior instead of its squared error.</summary>
        public bool CrossEntropy { get; init; }

        /// <summary>Epochs between rounds of sub-class discovery; published 20; 0: classes stay whole.</summary>
        public int DiscoverEvery { get; init; }

        /// <summary>Weight of the cross-entropy of a linear classifier on the embedding, which is dropped after training; published 1 together with discovery.</summary>
        public double ClassificationWeight { get; init; }

        /// <summary>Weight of the Frobenius norm of the batch; published 1e-4 together with discovery.</summary>
        public double LengthWeight { get; init; }

        /// <summary>The classifier learns this many times faster than the network.</summary>
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
            _subclasses.copy_(tensor(SubclassDiscovery.Part(start.Embeddings, Shape.PictureLabels, Math.Min(FirstParts + round - 1, MostParts), round)));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var (rows, labels) = batch;
        var own = _subclasses.cpu().data<long>().ToArray();
        var parts = batch.Pictures.Length == 0 ? labels : [.. batch.Pictures.Select(p => own[p])];
        // Beta(2, 2) is the middle one of three uniform numbers.
        var share = _options.Mixing == Mixing.None ? 1 : rand(3).median().item<float>();
        var order = _options.Mixing == Mixing.None ? [] : randperm(labels.Length).data<long>().ToArray();
        var value = Value(rows, parts, _options.Sigma, _options.Mixing, share, order, _options.CrossEntropy);
        if (_classifier is { } weight)
        {
            value = value + (F.cross_entropy(rows.matmul(weight.t()), tensor(labels).to(rows.device)) * _options.ClassificationWeight);
        }

        return (_options.LengthWeight > 0 ? value + ((rows.square().sum() + 1e-12).sqrt() * _options.LengthWeight) : value).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of rows of any length.</summary>
    /// <param name="rows">Shape [batch, dimension].</param>
    /// <param name="labels">Classes or sub-classes, any numbers.</param>
    /// <param name="sigma">Width.</param>
    /// <param name="mixing">Mixed rows.</param>
    /// <param name="share">Of the row itself in its mixture, 0 to 1.</param>
    /// <param name="order">Which row each is mixed with.</param>
    /// <param name="crossEntropy">Instead of the squared error.</param>
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
            // Of two equal numbers the mixture must be that number to the bit.
            double[] mixed = [.. labels.Select((l, i) => labels[order[i]] + (share * (l - labels[order[i]])))];
            targets = cat([targets, mixing == Mixing.Soft
                ? (targets * share) + (targets.index_select(0, with) * (1 - share))
                : Targets(mixed, present).to(rows)]);
            members = mixing == Mixing.Soft ? members : targets;
        }

        var means = members.t().matmul(mixing == Mixing.LiteralIndices ? all : rows) / members.sum(dim: 0).unsqueeze(1);
        var squared = (all.square().sum(1, keepdim: true) + means.square().sum(1).unsqueeze(0) - (all.matmul(means.t()) * 2)).clamp(min: 0);
        var logits = squared / (-2 * sigma * sigma);
        return (crossEntropy
            ? -(targets * logits.log_softmax(1)).sum(1).mean()
            : (logits.softmax(1) - targets).square().sum(1).mean()).MoveToOuterDisposeScope();
    }

    // One-hot over the classes that are present; a number that is none of them has no place.
    private static Tensor Targets(double[] labels, long[] present) => tensor(labels).unsqueeze(1).eq(tensor(present.Select(p => (double)p).ToArray()).unsqueeze(0));
}
