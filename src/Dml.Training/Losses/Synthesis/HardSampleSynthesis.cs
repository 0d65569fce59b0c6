using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Synthesis;

/// <summary>
/// C. Zhu, Z. Hu, H. Dong, G. He, Z. Yu, S. Zhang, "Construct Informative Triplet with Two-stage Hard-sample Generation", 2021, arXiv 2112.02259.
/// First anchor and positive are stretched apart and a conditional generator, trained against a discriminator, makes features of them; then a second generator makes a negative that must come nearer to the anchor than the positive is.
/// The triplet loss of real rows and that of generated ones, embedded by the head, share the network by how good the generators are.
/// Generators, discriminator and classifier are this loss's own: they learn by their own steps, lie in the checkpoint and are dropped after training.
/// Only abstract and front matter were at hand: every formula is derived, with terms and constants of two methods whose code was read (HDML, CVPR 2019; DAML, CVPR 2018).
/// </summary>
public sealed class HardSampleSynthesis : EmbeddingLoss
{
    // Widths of HDML; longer features would make the second generator larger than any backbone.
    private const int Hidden = 512, Judge = 256, LongestFeature = 8192;
    private const double Momentum = 0.9;
    private readonly Options _options;
    [ComponentName(Name = "stretcher")]
    private readonly LabelledPerceptron? _stretcher;
    [ComponentName(Name = "discriminator")]
    private readonly LabelledPerceptron? _discriminator;
    [ComponentName(Name = "negatives")]
    private readonly Sequential? _negatives;
    [ComponentName(Name = "classifier")]
    private readonly Linear? _classifier;
    [ComponentName(Name = "stretcherAdam")]
    private readonly FlatAdam? _stretcherAdam;
    [ComponentName(Name = "discriminatorAdam")]
    private readonly FlatAdam? _discriminatorAdam;
    [ComponentName(Name = "negativesAdam")]
    private readonly FlatAdam? _negativesAdam;
    [ComponentName(Name = "classifierAdam")]
    private readonly FlatAdam? _classifierAdam;

    // Running means and what is kept of them: triplet loss, its value after warm-up, generators' loss, mean and deviation of positive distances.
    [ComponentName(Name = "averages")]
    private readonly Tensor _averages;
    private bool _warm;

    /// <summary>Without a network there are no generators, and the loss is the triplet loss.</summary>
    /// <exception cref="RecipeException">An option out of its range, or features that are too long.</exception>
    public HardSampleSynthesis(LossShape shape, Options options, Initializer initializer) : base(nameof(HardSampleSynthesis), shape)
    {
        double[] atLeastZero = [options.Margin, options.LargestStretch, options.ReconstructionWeight, options.ClassificationWeight, options.NegativeClassificationWeight, options.RegularWeight, options.ReverseWeight, options.ReverseMargin];
        double[] positive = [options.Beta, options.PullHardness, options.GeneratorLearningRate, options.ClassifierLearningRate];
        if (options.WarmupEpochs < 0 || atLeastZero.Any(v => !(v >= 0) || !double.IsFinite(v)) || positive.Any(v => !(v > 0) || !double.IsFinite(v)))
        {
            throw new RecipeException(
                $"hard-sample-synthesis wants warmupEpochs, margins and weights >= 0 and beta, pullHardness and learning rates > 0, not {options.WarmupEpochs}; {string.Join(", ", atLeastZero)}; {string.Join(", ", positive)}.");
        }

        if (shape.FeatureDimension > LongestFeature)
        {
            throw new RecipeException($"hard-sample-synthesis makes features of at most {LongestFeature} numbers; the head's feature has {shape.FeatureDimension}. Take a head that pools.");
        }

        this._options = options;
        _averages = full([5], double.NaN);
        if (shape.FeatureDimension > 0)
        {
            var feature = shape.FeatureDimension;
            _stretcher = new(shape.Classes, shape.Dimension, Hidden, feature, normalize: true, initializer);
            _discriminator = new(shape.Classes, feature, Judge, 1, normalize: false, initializer);
            _negatives = nn.Sequential(
                ("first", LabelledPerceptron.Layer(3 * feature, feature, initializer)), ("first_relu", nn.ReLU()),
                ("second", LabelledPerceptron.Layer(feature, feature, initializer)), ("second_relu", nn.ReLU()),
                ("third", LabelledPerceptron.Layer(feature, feature, initializer)));
            _classifier = LabelledPerceptron.Layer(feature, shape.Classes, initializer);
            _stretcherAdam = new(_stretcher.parameters());
            _discriminatorAdam = new(_discriminator.parameters());
            _negativesAdam = new(_negatives.parameters());
            _classifierAdam = new(_classifier.parameters());
        }

        RegisterComponents();
    }

    /// <summary>What a person must know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Idea = "Generators make triplets that are harder than the batch's: positives stretched apart, negatives nearer than the positive.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 32 x 4); a head that pools",
        Status = SourceStatus.Derived,
        Source = "abstract and front matter were at hand; the formulas are a reconstruction from them with terms of HDML and DAML.",
        Claim = "gains over earlier generators (abstract); figures were not at hand. GoogLeNet 512, triplet with HDML: CUB 43.6, Cars 61.0, SOP 58.5 (IAA paper)",
        Measured = "0.373 on frozen features, 2.1 points below semi-hard triplets: not seen to help",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Margin of the triplets, on squared distances.</summary>
        public double Margin { get; init; } = 0.2;

        /// <summary>t_max: near pairs are stretched by this much of their length at either end.</summary>
        public double LargestStretch { get; init; } = 0.5;

        /// <summary>Weight of what the first generator must keep of a real feature.</summary>
        public double ReconstructionWeight { get; init; } = 0.5;

        /// <summary>Weight of the class of the first generator's features.</summary>
        public double ClassificationWeight { get; init; } = 5000;

        /// <summary>Weight of the class of the second generator's features.</summary>
        public double NegativeClassificationWeight { get; init; } = 1;

        /// <summary>Weight of the generated negative's distance to the real one.</summary>
        public double RegularWeight { get; init; } = 1;

        /// <summary>Weight of the reverse triplet.</summary>
        public double ReverseWeight { get; init; } = 50;

        /// <summary>m_0 of the reverse triplet's margin.</summary>
        public double ReverseMargin { get; init; } = 0.2;

        /// <summary>How good the generators must be before their triplets count; published by HDML: 10000, 5000 for CUB and SOP.</summary>
        public double Beta { get; init; } = 1e4;

        /// <summary>Epochs of real triplets alone.</summary>
        public int WarmupEpochs { get; init; } = 10;

        /// <summary>Adam's rate of generators and discriminator.</summary>
        public double GeneratorLearningRate { get; init; } = 1e-2;

        /// <summary>Adam's rate of the classifier.</summary>
        public double ClassifierLearningRate { get; init; } = 1e-3;

        /// <summary>Negatives by HDML's pull and the first generator instead of the second.</summary>
        public bool PulledNegatives { get; init; }

        /// <summary>alpha of the pull.</summary>
        public double PullHardness { get; init; } = 90;
    }

    /// <inheritdoc/>
    public override void BeginEpoch(EpochStart start) => _warm = start.Epoch >= _options.WarmupEpochs;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var rows = F.normalize(batch.Embeddings);
        var triplets = DrawnTriplets.Of(batch.Labels, rows.device);
        if (triplets is null)
        {
            return (batch.Embeddings.sum() * 0).MoveToOuterDisposeScope();
        }

        Tensor Of(Tensor places) => rows.index_select(0, places);
        var (anchors, positives, others) = (Of(triplets.Anchors), Of(triplets.Positives), Of(triplets.Negatives));
        var real = HardSampleFormulas.Triplet(anchors, positives, others, _options.Margin);
        var loss = Follow(0, real.detach().to(float64).item<double>());
        if (!_warm || _stretcher is null || batch.Features is not { } features || batch.Project is not { } project)
        {
            return real.MoveToOuterDisposeScope();
        }

        var classes = tensor(batch.Labels).to(rows.device);
        var generated = Generate(triplets, classes, rows.detach(), features.detach().to(float32), project, loss);
        if (generated is not { } made)
        {
            return real.MoveToOuterDisposeScope();
        }

        // What was generated stands still; the head embeds it anew and learns from it.
        Tensor Embedded(Tensor feature) => F.normalize(project(feature));
        var synthetic = HardSampleFormulas.Triplet(Embedded(made.Anchors), Embedded(made.Positives), Embedded(made.Negatives), _options.Margin);
        var share = HardSampleFormulas.RealShare(_options.Beta, made.Loss);
        return ((real * share) + (synthetic * (1 - share))).MoveToOuterDisposeScope();
    }

    // One step of each module, and their features; nothing where a loss of theirs is not a number.
    private (Tensor Anchors, Tensor Positives, Tensor Negatives, double Loss)? Generate(DrawnTriplets triplets, Tensor classes, Tensor rows, Tensor features, Func<Tensor, Tensor> project, double loss)
    {
        var reference = Value(1);
        if (!double.IsFinite(reference))
        {
            _averages[1].fill_(reference = loss);
        }

        var pair = cat([triplets.Anchors, triplets.Positives]);
        var (own, real, labels) = (rows.index_select(0, pair), features.index_select(0, pair), classes.index_select(0, pair));
        var (anchors, positives) = (rows.index_select(0, triplets.Anchors), rows.index_select(0, triplets.Positives));
        var distances = (anchors - positives).square().sum(1).sqrt();
        var (mean, deviation) = (Follow(3, distances.mean().item<float>()), Follow(4, distances.std(unbiased: false).item<float>()));
        var stretched = HardSampleFormulas.Stretched(anchors, positives, HardSampleFormulas.Stretch(distances, mean, mean + (2 * deviation), _options.LargestStretch));
        var hard = cat([stretched.Anchors, stretched.Positives]);
        _classifierAdam!.Descend(() => F.cross_entropy(_classifier!.call(features), classes), _options.ClassifierLearningRate);

        var before = Without(() => _stretcher!.Of(hard, labels));
        var judged = _discriminatorAdam!.Descend(
            () => F.softplus(-_discriminator!.Of(real, labels)).mean() + F.softplus(_discriminator.Of(before, labels)).mean(), _options.GeneratorLearningRate);
        var stretching = _stretcherAdam!.Descend(
            () =>
            {
                var fake = _stretcher!.Of(hard, labels);
                return F.softplus(-_discriminator!.Of(fake, labels)).mean()
                    + ((_stretcher.Of(own, labels) - real).square().sum(1).mean() * _options.ReconstructionWeight)
                    + (F.cross_entropy(_classifier!.call(fake), labels) * _options.ClassificationWeight);
            },
            _options.GeneratorLearningRate);

        var parts = Without(() => _stretcher!.Of(hard, labels)).split(triplets.Count);
        var (negative, negativeLabels) = (features.index_select(0, triplets.Negatives), classes.index_select(0, triplets.Negatives));
        var (made, cost) = _options.PulledNegatives
            ? (Without(() => _stretcher!.Of(HardSampleFormulas.Pulled(anchors, positives, rows.index_select(0, triplets.Negatives), _options.PullHardness, loss), negativeLabels)), 0.0)
            : Negatives(cat([parts[0], parts[1], negative], 1), parts, negative, negativeLabels, HardSampleFormulas.AdaptiveMargin(_options.ReverseMargin, loss, reference));
        var total = stretching + cost;
        return double.IsFinite(total) && double.IsFinite(judged) ? (parts[0], parts[1], made, Follow(2, total)) : null;
    }

    private (Tensor Made, double Cost) Negatives(Tensor input, Tensor[] parts, Tensor negative, Tensor labels, double margin)
    {
        var cost = _negativesAdam!.Descend(
            () =>
            {
                var fake = _negatives!.call(input);
                return HardSampleFormulas.Negative(fake, parts[0], parts[1], negative, margin, _options.RegularWeight, _options.ReverseWeight)
                    + (F.cross_entropy(_classifier!.call(fake), labels) * _options.NegativeClassificationWeight);
            },
            _options.GeneratorLearningRate);
        return (Without(() => _negatives!.call(input)), cost);
    }

    private static Tensor Without(Func<Tensor> compute)
    {
        using var noGradient = no_grad();
        return compute();
    }

    private double Value(int place) => _averages[place].item<float>();

    private double Follow(int place, double value)
    {
        using var noGradient = no_grad();
        var before = Value(place);
        var now = double.IsFinite(before) && double.IsFinite(value) ? (before * Momentum) + (value * (1 - Momentum)) : double.IsFinite(before) ? before : value;
        _averages[place].fill_(now);
        return now;
    }
}
