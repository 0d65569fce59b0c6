using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// I. Elezi et al., "The Group Loss for Deep Metric Learning", ECCV 2020, arXiv 1912.00385.
/// The prior X of every sample is the softmax of a linear classifier's logits z / temperature, one-hot for a few anchors of each class.
/// W, the positive correlations between embeddings, spreads it: X becomes X * (W X) with rows scaled to sum 1, repeated some times.
/// Loss: weight (mean of -log X(own class)) + cross-entropy of softmax(z). The first epochs train by the cross-entropy alone.
/// </summary>
public sealed class GroupLoss : EmbeddingLoss
{
    // Keeps logarithms and divisions finite for a sample without support from its neighbours.
    private const double Small = 1e-12;
    private readonly Options _options;
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;
    [ComponentName(Name = "bias")]
    private readonly Parameter _bias;
    private bool _pretrains;

    /// <summary>Draws the classifier uniformly from ±1 / sqrt(dimension).</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public GroupLoss(LossShape shape, Options options, Initializer initializer) : base(nameof(GroupLoss), shape)
    {
        var check = new OptionCheck("group-loss");
        check.AtLeast(0, options.Anchors);
        check.AtLeast(1, options.Iterations);
        check.Above(0, options.Temperature);
        check.AtLeast(0, options.Weight);
        check.AtLeast(0, options.PretrainingEpochs ?? 0);
        _options = options;
        _weight = RowPerClass(initializer.FanIn);
        _bias = nn.Parameter(zeros([shape.Classes]));
        initializer.Uniform(_bias, 1 / Math.Sqrt(shape.Dimension));
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "I. Elezi et al., The Group Loss for Deep Metric Learning, ECCV 2020, arXiv 1912.00385",
        Idea = "Makes the samples of a batch agree on their classes: the labels of a few anchors spread along the similarities of all "
            + "samples, and the result is compared with the true labels.",
        Needs = "several pictures of a class in a batch (balanced sampler: 6 x 9, 5 x 7 or 10 x 6); a classifier is learned",
        Status = SourceStatus.Verified,
        Source = "the authors' code was read and W and the value were reproduced; it keeps the similarity of a sample to itself at 1, "
            + "where the paper's text, from memory, sets it to 0. The authors use and search the backbone's pooled feature, which is the "
            + "head l2, of a network that was first trained 10 epochs by cross-entropy beside the 70 of the loss, with optimizer radam.",
        Claim = "BN-Inception 1024: Cars 85.6 (leaderboard); CUB 65.5, SOP 75.7 (from memory)",
    };

    /// <summary>What a recipe may change; the defaults are those for CUB.</summary>
    public sealed record Options
    {
        /// <summary>Anchors per class, the first samples of the class in the batch; at least 0. Published: CUB 2, Cars 3, SOP 2.</summary>
        public int Anchors { get; init; } = 2;

        /// <summary>Temperature of the prior, above 0. Published: CUB 24, Cars 79, SOP 54.</summary>
        public double Temperature { get; init; } = 24;

        /// <summary>How many times the priors spread, at least 1.</summary>
        public int Iterations { get; init; } = 1;

        /// <summary>Weight relative to the cross-entropy, at least 0.</summary>
        public double Weight { get; init; } = 1;

        /// <summary>Set a sample's similarity to itself to 0, as in the paper's text; false keeps it at 1, as in its code.</summary>
        public bool ZeroDiagonal { get; init; }

        /// <summary>
        /// First epochs by cross-entropy alone, at least 0; null means an eighth of the epochs, the published share.
        /// </summary>
        public int? PretrainingEpochs { get; init; }

        /// <summary>Learning rate of the classifier as a multiple of the network's.</summary>
        public double ClassifierLearningRateFactor { get; init; } = 1;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.ClassifierLearningRateFactor;

    /// <inheritdoc/>
    public override void BeginEpoch(EpochStart start) =>
        _pretrains = start.Epoch < (_options.PretrainingEpochs ?? start.Epochs / 8);

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var (group, entropy) = Values(batch.Embeddings, F.linear(batch.Embeddings, _weight, _bias), batch.Labels, _options);
        return (_pretrains ? entropy : (group * _options.Weight) + entropy).MoveToOuterDisposeScope();
    }

    /// <summary>The group loss and the cross-entropy.</summary>
    /// <param name="features">Shape [batch, dimension], not scaled.</param>
    /// <param name="logits">Shape [batch, classes].</param>
    /// <param name="labels">Shape [batch].</param>
    /// <param name="options">The constants.</param>
    internal static (Tensor Group, Tensor Entropy) Values(Tensor features, Tensor logits, long[] labels, Options options)
    {
        using var scope = NewDisposeScope();
        var target = torch.tensor(labels).to(features.device).unsqueeze(1);
        var similarities = Similarities(features, options.ZeroDiagonal);
        var anchors = torch.tensor(AnchorsOf(labels, options.Anchors)).to(features.device).unsqueeze(1);
        var oneHot = arange(logits.shape[1]).to(features.device).unsqueeze(0).eq(target).to(logits.dtype);
        var shares = where(anchors, oneHot, (logits / options.Temperature).softmax(1));
        for (var i = 0; i < options.Iterations; i++)
        {
            var support = shares * similarities.matmul(shares);
            shares = support / (support.sum(dim: 1, keepdim: true) + Small);
            // An anchor may have little support, but its class is certain.
            shares = where(anchors, oneHot, shares);
        }

        var group = -(shares.gather(1, target) + Small).log().mean();
        var entropy = -logits.log_softmax(1).gather(1, target).mean();
        return (group.MoveToOuterDisposeScope(), entropy.MoveToOuterDisposeScope());
    }

    // Pearson's correlation between the components of two samples, negative ones cut to 0.
    private static Tensor Similarities(Tensor features, bool zeroDiagonal)
    {
        var centred = F.normalize(features - features.mean([1], keepdim: true));
        var correlations = centred.matmul(centred.t()).relu();
        var own = eye(features.shape[0], dtype: ScalarType.Bool).to(features.device);
        return zeroDiagonal ? correlations.masked_fill(own, 0) : correlations;
    }

    private static bool[] AnchorsOf(long[] labels, int perClass)
    {
        var seen = new Dictionary<long, int>();
        return [.. labels.Select(label => (seen[label] = seen.GetValueOrDefault(label) + 1) <= perClass)];
    }
}
