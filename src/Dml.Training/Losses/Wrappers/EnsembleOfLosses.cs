using System.Globalization;
using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Heads;
using Dml.Training.Network;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Wrappers;

/// <summary>
/// D. Zabihzadeh, Z. Alitbi, S. J. Mousavirad, "Ensemble of Loss Functions to Improve Generalizability of Deep Metric Learning methods",
/// Multimedia Tools and Applications 2023, arXiv 2107.01130.
/// A classification loss and m - 1 others with learned weights a_i = c_i^2 + 1 / (4 m), each scaled by its running mean:
/// sum of a_i (mean of running means / own running mean) l_i + diversity + 100 eta (sum of a_i - 1)^2.
/// In WEDL every loss has its own block of the head's embedding. With <see cref="EnsembleHead"/> what is searched is as published: the
/// blocks times the square roots of their weights, or a compression of them, which is trained here. With any other head the embedding is
/// searched unchanged. The formulas were read in the authors' code.
/// </summary>
public sealed class EnsembleOfLosses : EmbeddingLoss
{
    private const string Prefix = "members.";
    private const string ClassifierName = "classifier";

    // A running mean below this means that its loss had nothing to do.
    private const double Nothing = 1e-6;
    private readonly Options _options;
    [ComponentName(Name = "members")]
    private readonly ModuleList<EmbeddingLoss> _members;
    [ComponentName(Name = "coefficients")]
    private readonly Parameter _coefficients;
    [ComponentName(Name = ClassifierName)]
    private readonly Parameter _classifier;
    [ComponentName(Name = "means")]
    private readonly Tensor _means;
    [ComponentName(Name = "seen")]
    private readonly Tensor _seen;
    private Func<Tensor, Tensor?> _compressionLoss = _ => null;

    /// <summary>Builds the members and sets the coefficients to the prior.</summary>
    /// <exception cref="RecipeException">An option is out of range, or the dimension cannot be divided.</exception>
    public EnsembleOfLosses(LossShape shape, Options options, Initializer initializer) : base(nameof(EnsembleOfLosses), shape)
    {
        var check = new OptionCheck("ensemble-losses");
        check.Below(0, 1, options.Smoothing);
        check.AtLeast(0, options.DiversityWeight);
        check.AtLeast(0, options.SumWeight);
        var count = options.Members.Count + 1;
        var sum = options.Prior.Sum();
        if (count < 2 || options.Prior.Count != count || options.Prior.Any(r => !(r / sum >= 1.0 / (4 * count)) || !double.IsFinite(r)))
        {
            throw new RecipeException(
                "ensemble-losses requires at least 1 member and a prior for the classification and each member, none below a quarter of an "
                + $"equal share; got {options.Members.Count} members and the prior [{string.Join(", ", options.Prior)}].");
        }

        if (options.OwnBlocks && shape.Dimension % count != 0)
        {
            throw new RecipeException(
                $"ensemble-losses divides the embedding among {count} losses; the head's dimension {shape.Dimension} must be a multiple.");
        }

        _options = options;
        var own = shape with { Dimension = options.OwnBlocks ? shape.Dimension / count : shape.Dimension };
        _members = nn.ModuleList(options.Members.Select(member => LossCatalogue.Create(member, own, initializer)).ToArray());
        var coefficients = options.Prior.Select(r => (float)Math.Sqrt((r / sum) - (1.0 / (4 * count))));
        _coefficients = nn.Parameter(tensor(coefficients.ToArray()));
        _classifier = nn.Parameter(zeros(shape.Classes, own.Dimension));
        initializer.FanIn(_classifier);
        (_means, _seen) = (zeros(count), zeros(count));
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "D. Zabihzadeh, Z. Alitbi, S. J. Mousavirad, Ensemble of Loss Functions to Improve Generalizability of Deep Metric "
            + "Learning methods, Multimedia Tools and Applications 2023, arXiv 2107.01130",
        Idea = "Several losses simultaneously, each on its own part of the embedding, with learned weights.",
        Needs = "what its members need; the head ensemble with as many members as there are losses, including the classification, or "
            + "another head whose dimension is a multiple of that number",
        Status = SourceStatus.PartlyVerified,
        Source = "the loss was read in the authors' code; linear layers replace their heads, whose code is missing, and multi-similarity "
            + "replaces their binomial loss. Their triplets use plain distances and a margin of 1. The head ensemble makes what is "
            + "searched: WEDL, or WEDL_C with compressed 128.",
        Claim = "WEDL over the best single loss: Cars196 Recall@1 +10.37 (abstract); Flowers102 94.66 (repository)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>The losses besides the classification, at least 1; published: triplet, binomial, Proxy-NCA.</summary>
        public IReadOnlyList<MethodChoice> Members { get; init; } = [new("triplet"), new("multi-similarity"), new("proxy-nca")];

        /// <summary>Initial weights of the classification and of each member, up to a common factor.</summary>
        public IReadOnlyList<double> Prior { get; init; } = [2, 1, 2, 3];

        /// <summary>Give every loss its own block of the embedding (WEDL); false gives all losses the whole embedding (WEL).</summary>
        public bool OwnBlocks { get; init; } = true;

        /// <summary>Label smoothing of the classification, 0 to below 1.</summary>
        public double Smoothing { get; init; } = 0.15;

        /// <summary>lambda, the weight of the diversity of the blocks, at least 0; ignored without own blocks.</summary>
        public double DiversityWeight { get; init; } = 0.01;

        /// <summary>eta: how strongly the sum of the weights is kept at 1, at least 0.</summary>
        public double SumWeight { get; init; } = 100;

        /// <summary>Learning rate of the classifier as a multiple of the network's.</summary>
        public double ClassifierLearningRateFactor { get; init; } = 10;
    }

    /// <inheritdoc/>
    public override double LearningRateFactorOf(string parameter)
    {
        if (!parameter.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return parameter == ClassifierName ? _options.ClassifierLearningRateFactor : 1;
        }

        var rest = parameter[Prefix.Length..].Split('.', 2);
        return _members[int.Parse(rest[0], CultureInfo.InvariantCulture)].LearningRateFactorOf(rest[1]);
    }

    /// <inheritdoc/>
    public override void Attach(EmbeddingNetwork network)
    {
        foreach (var member in _members)
        {
            member.Attach(network);
        }

        if (_options.OwnBlocks && network.Head is EnsembleHead head)
        {
            if (head.Members != _members.Count + 1)
            {
                throw new RecipeException(
                    $"ensemble-losses has {_members.Count + 1} losses, including the classification; "
                    + $"the head ensemble has {head.Members} members.");
            }

            _compressionLoss = head.CompressionLoss;
            Weigh(head);
        }
    }

    /// <inheritdoc/>
    public override void BeginEpoch(EpochStart start)
    {
        var count = _members.Count + 1;
        var width = Shape.Dimension / count;
        for (var i = 0; i < _members.Count; i++)
        {
            var first = (i + 1) * width;
            var own = new EpochStart(start.Epoch, start.Epochs, () => start.Embeddings.narrow(1, first, width));
            _members[i].BeginEpoch(_options.OwnBlocks ? own : start);
        }
    }

    /// <inheritdoc/>
    public override void AfterBackward(EmbeddingNetwork network)
    {
        foreach (var member in _members)
        {
            member.AfterBackward(network);
        }

        if (_options.OwnBlocks && network.Head is EnsembleHead head)
        {
            Weigh(head);
        }
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var count = _members.Count + 1;
        var width = Shape.Dimension / count;
        Tensor[] blocks = _options.OwnBlocks
            ? [.. Enumerable.Range(0, count).Select(i => batch.Embeddings.narrow(1, i * width, width))]
            : [.. Enumerable.Repeat(batch.Embeddings, count)];
        var targets = tensor(batch.Labels).to(batch.Embeddings.device);
        var logits = blocks[0].matmul(_classifier.to(blocks[0].dtype).t());
        var classification = F.cross_entropy(logits, targets, label_smoothing: _options.Smoothing);
        var values = stack([classification, .. _members.Select((member, i) => member.Compute(OfMember(blocks[i + 1])))]);
        Follow(values.detach());
        var total = Combined(values, _means, _coefficients, _options.SumWeight);
        if (_options.OwnBlocks)
        {
            total += Diversity([.. blocks.Select(block => F.normalize(block))]) * _options.DiversityWeight;
        }

        return (_compressionLoss(batch.Embeddings) is { } compression ? total + compression : total).MoveToOuterDisposeScope();

        LossBatch OfMember(Tensor block) => new(block, batch.Labels) { Pictures = batch.Pictures, Features = batch.Features };
    }

    /// <summary>The weighted sum of the scaled losses and the penalty that keeps the sum of the weights at 1.</summary>
    /// <param name="losses">l, shape [m].</param>
    /// <param name="means">Running means including this batch, shape [m].</param>
    /// <param name="coefficients">c, shape [m].</param>
    /// <param name="sumWeight">eta.</param>
    internal static Tensor Combined(Tensor losses, Tensor means, Tensor coefficients, double sumWeight)
    {
        using var scope = NewDisposeScope();
        var weights = WeightsOf(coefficients);
        var scale = where(means.lt(Nothing), ones_like(means), means.mean() / means.clamp(min: Nothing));
        return ((weights * scale * losses).sum() + ((weights.sum() - 1).square() * (100 * sumWeight))).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// [2 - mean distance between the blocks of a row over all pairs of blocks]+; the distance of unit rows is at most 2.
    /// </summary>
    internal static Tensor Diversity(IReadOnlyList<Tensor> blocks)
    {
        using var scope = NewDisposeScope();
        var distances = new List<Tensor>();
        for (var i = 0; i < blocks.Count; i++)
        {
            for (var j = i + 1; j < blocks.Count; j++)
            {
                // The published 1e-6 keeps the root above 0 unless two blocks differ by exactly that.
                distances.Add(((blocks[i] - blocks[j] + 1e-6).square().sum(1) + 1e-24).sqrt().mean());
            }
        }

        return (distances.Count == 0 ? zeros([]).to(blocks[0]) : (2 - stack(distances).mean()).relu()).MoveToOuterDisposeScope();
    }

    // Never below a quarter of an equal share, so that no loss vanishes.
    private static Tensor WeightsOf(Tensor coefficients) => coefficients.square() + (1.0 / (4 * coefficients.shape[0]));

    private void Weigh(EnsembleHead head)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        head.Weigh(WeightsOf(_coefficients).sqrt());
    }

    // Averages over all batches in which a loss was not 0.
    private void Follow(Tensor losses)
    {
        using var noGradient = no_grad();
        var found = losses.ne(0).to(_seen);
        _means.add_((losses.to(_means) - _means) / (_seen + 1) * found);
        _seen.add_(found);
    }
}
