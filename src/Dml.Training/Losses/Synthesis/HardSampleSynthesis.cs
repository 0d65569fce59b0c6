using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Synthesis;

/// <summary>
/// C. Zhu, Z. Hu, H. Dong, G. He, Z. Yu, S. Zhang, "Construct Informative Triplet with Two-stage Hard-sample Generation", 2021,
/// arXiv 2112.02259. First, anchor and positive are stretched apart and a conditional generator, trained against a discriminator, makes
/// features of them. Then a second generator makes a negative that must be closer to the anchor than the positive. The triplet losses of
/// the real rows and of the generated ones, embedded by the head, are weighted by how good the generators are.
/// Generators, discriminator and classifier belong to this loss: it trains them in separate steps, its checkpoint contains them, and they
/// are dropped after training. Only abstract and front matter were available; every formula is derived, with terms and constants of two
/// methods whose code was read (HDML, CVPR 2019; DAML, CVPR 2018).
/// </summary>
public sealed class HardSampleSynthesis : EmbeddingLoss
{
    // The widths are those of HDML. With longer features the second generator would be larger than any backbone.
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

    // Running means: the triplet loss, its value after warm-up (fixed), the generators' loss, mean and deviation of positive distances.
    [ComponentName(Name = "averages")]
    private readonly Tensor _averages;

    // Batches of real triplets only, so far.
    [ComponentName(Name = "warmup")]
    private readonly Tensor _warmup;

    /// <summary>Builds the loss; without a network it has no generators and is the triplet loss.</summary>
    /// <exception cref="RecipeException">An option is out of range, or the features are too long.</exception>
    public HardSampleSynthesis(LossShape shape, Options options, Initializer initializer) : base(nameof(HardSampleSynthesis), shape)
    {
        var check = new OptionCheck("hard-sample-synthesis");
        check.AtLeast(0, options.Margin);
        check.AtLeast(0, options.LargestStretch);
        check.AtLeast(0, options.ReconstructionWeight);
        check.AtLeast(0, options.ClassificationWeight);
        check.AtLeast(0, options.NegativeClassificationWeight);
        check.AtLeast(0, options.RegularWeight);
        check.AtLeast(0, options.ReverseWeight);
        check.AtLeast(0, options.ReverseMargin);
        check.Above(0, options.Beta);
        check.AtLeast(0, options.WarmupSteps);
        check.Above(0, options.GeneratorLearningRate);
        check.Above(0, options.ClassifierLearningRate);
        check.Above(0, options.PullHardness);
        if (shape.FeatureDimension > LongestFeature)
        {
            throw new RecipeException(
                $"hard-sample-synthesis supports features of at most {LongestFeature} numbers; the head's feature has "
                + $"{shape.FeatureDimension}. Use a head that pools.");
        }

        _options = options;
        _averages = full([5], double.NaN);
        _warmup = zeros([1], ScalarType.Int64);
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

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "C. Zhu et al., Construct Informative Triplet with Two-stage Hard-sample Generation, 2021, arXiv 2112.02259",
        Idea = "Generators make triplets that are harder than the batch's: positives stretched apart, negatives closer than the positive.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 32 x 4); a head that pools; more steps than "
            + "warmupSteps, which are plain triplets",
        Status = SourceStatus.Derived,
        Source = "only abstract and front matter were read; the formulas are a reconstruction with terms of HDML and DAML.",
        Claim = "gains over earlier generators (abstract; figures not known). GoogLeNet 512, triplet with HDML: CUB 43.6, Cars 61.0, SOP "
            + "58.5 (IAA paper)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Margin of the triplets on squared distances, at least 0.</summary>
        public double Margin { get; init; } = 0.2;

        /// <summary>t_max: the fraction of their length by which close pairs are stretched at either end, at least 0.</summary>
        public double LargestStretch { get; init; } = 0.5;

        /// <summary>Weight of the first generator's reconstruction of real features.</summary>
        public double ReconstructionWeight { get; init; } = 0.5;

        /// <summary>Weight of the classification of the first generator's features.</summary>
        public double ClassificationWeight { get; init; } = 5000;

        /// <summary>Weight of the classification of the second generator's features.</summary>
        public double NegativeClassificationWeight { get; init; } = 1;

        /// <summary>Weight of the distance of the generated negative from the real one.</summary>
        public double RegularWeight { get; init; } = 1;

        /// <summary>Weight of the reverse triplet.</summary>
        public double ReverseWeight { get; init; } = 50;

        /// <summary>m_0 of the reverse triplet's margin.</summary>
        public double ReverseMargin { get; init; } = 0.2;

        /// <summary>
        /// How good the generators must be before their triplets count, above 0; HDML publishes 10000, and 5000 for CUB and SOP.
        /// </summary>
        public double Beta { get; init; } = 1e4;

        /// <summary>
        /// Steps with real triplets only, at least 0. In steps, because what must settle first is the running mean of the loss, and short
        /// runs have few epochs.
        /// </summary>
        public int WarmupSteps { get; init; } = 50;

        /// <summary>Learning rate of the generators and the discriminator.</summary>
        public double GeneratorLearningRate { get; init; } = 1e-2;

        /// <summary>Learning rate of the classifier.</summary>
        public double ClassifierLearningRate { get; init; } = 1e-3;

        /// <summary>Make negatives by HDML's pull and the first generator instead of the second generator.</summary>
        public bool PulledNegatives { get; init; }

        /// <summary>alpha of the pull, above 0.</summary>
        public double PullHardness { get; init; } = 90;
    }

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
        if (IsWarmingUp() || _stretcher is null || batch.Features is not { } features || batch.Project is not { } project)
        {
            return real.MoveToOuterDisposeScope();
        }

        var classes = tensor(batch.Labels).to(rows.device);
        var generated = Generate(triplets, classes, rows.detach(), features.detach().to(float32), loss);
        if (generated is not { } made)
        {
            return real.MoveToOuterDisposeScope();
        }

        // The generated features are constants; the head embeds them and learns from them.
        Tensor Embedded(Tensor feature) => F.normalize(project(feature));
        var synthetic = HardSampleFormulas.Triplet(
            Embedded(made.Anchors), Embedded(made.Positives), Embedded(made.Negatives), _options.Margin);
        var share = HardSampleFormulas.RealShare(_options.Beta, made.Loss);
        return ((real * share) + (synthetic * (1 - share))).MoveToOuterDisposeScope();
    }

    private bool IsWarmingUp()
    {
        using var noGradient = no_grad();
        var done = _warmup.item<long>();
        if (done < _options.WarmupSteps)
        {
            _warmup.fill_(done + 1);
        }

        return done < _options.WarmupSteps;
    }

    // Takes one step of each module and generates features; null if a loss of theirs is not finite.
    private (Tensor Anchors, Tensor Positives, Tensor Negatives, double Loss)? Generate(
        DrawnTriplets triplets,
        Tensor classes,
        Tensor rows,
        Tensor features,
        double loss)
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
        var stretch = HardSampleFormulas.Stretch(distances, mean, mean + (2 * deviation), _options.LargestStretch);
        var stretched = HardSampleFormulas.Stretched(anchors, positives, stretch);
        var hard = cat([stretched.Anchors, stretched.Positives]);
        _classifierAdam!.Descend(() => F.cross_entropy(_classifier!.call(features), classes), _options.ClassifierLearningRate);

        var before = Without(() => _stretcher!.Of(hard, labels));
        var judged = _discriminatorAdam!.Descend(
            () => F.softplus(-_discriminator!.Of(real, labels)).mean() + F.softplus(_discriminator.Of(before, labels)).mean(),
            _options.GeneratorLearningRate);
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
        Tensor made;
        var total = stretching;
        if (_options.PulledNegatives)
        {
            var others = rows.index_select(0, triplets.Negatives);
            var pulled = HardSampleFormulas.Pulled(anchors, positives, others, _options.PullHardness, loss);
            made = Without(() => _stretcher!.Of(pulled, negativeLabels));
        }
        else
        {
            var margin = HardSampleFormulas.AdaptiveMargin(_options.ReverseMargin, loss, reference);
            (made, var cost) = Negatives(cat([parts[0], parts[1], negative], 1), parts, negative, negativeLabels, margin);
            total += cost;
        }

        return double.IsFinite(total) && double.IsFinite(judged) ? (parts[0], parts[1], made, Follow(2, total)) : null;
    }

    private (Tensor Made, double Cost) Negatives(Tensor input, Tensor[] parts, Tensor negative, Tensor labels, double margin)
    {
        var cost = _negativesAdam!.Descend(
            () =>
            {
                var fake = _negatives!.call(input);
                var near = HardSampleFormulas.Negative(
                    fake, parts[0], parts[1], negative, margin, _options.RegularWeight, _options.ReverseWeight);
                return near + (F.cross_entropy(_classifier!.call(fake), labels) * _options.NegativeClassificationWeight);
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
        var now = !double.IsFinite(before) ? value
            : double.IsFinite(value) ? (before * Momentum) + (value * (1 - Momentum))
            : before;
        _averages[place].fill_(now);
        return now;
    }
}
