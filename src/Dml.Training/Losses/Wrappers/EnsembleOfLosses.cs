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
/// D. Zabihzadeh, Z. Alitbi, S. J. Mousavirad, "Ensemble of Loss Functions to Improve Generalizability of Deep Metric Learning methods", Multimedia Tools and Applications 2023, arXiv 2107.01130.
/// A classification loss and several others with learned weights a_i = c_i^2 + 1/(4m), each brought to one scale by its running mean:
/// sum a_i (mean of running means / own running mean) l_i + diversity + 100 eta (sum a_i - 1)^2.
/// In WEDL every loss has an embedding of its own: its block of the head's. With <see cref="EnsembleHead"/> what is searched is as published, the blocks times the roots
/// of their weights or a compression of them, which learns here; any other head is searched as it is.
/// Formulas were read in the authors' code.
/// </summary>
public sealed class EnsembleOfLosses : EmbeddingLoss
{
    private const string Prefix = "members.";

    // Below this a running mean says that its loss found nothing to do.
    private const double Nothing = 1e-6;
    private readonly Options _options;
    [ComponentName(Name = "members")]
    private readonly ModuleList<EmbeddingLoss> _members;
    [ComponentName(Name = "coefficients")]
    private readonly Parameter _coefficients;
    [ComponentName(Name = "classifier")]
    private readonly Parameter _classifier;
    [ComponentName(Name = "means")]
    private readonly Tensor _means;
    [ComponentName(Name = "seen")]
    private readonly Tensor _seen;
    private Func<Tensor, Tensor?> _compressionLoss = _ => null;

    /// <summary>Coefficients by the prior.</summary>
    /// <exception cref="RecipeException">An option out of its range, or a dimension that cannot be parted.</exception>
    public EnsembleOfLosses(LossShape shape, Options options, Initializer initializer) : base(nameof(EnsembleOfLosses), shape)
    {
        var count = options.Members.Count + 1;
        var sum = options.Prior.Sum();
        if (options.Members.Count < 1 || options.Prior.Count != count || options.Prior.Any(r => !(r / sum >= 1.0 / (4 * count)) || !double.IsFinite(r))
            || options.Smoothing is not (>= 0 and < 1) || !(options.DiversityWeight >= 0) || !double.IsFinite(options.DiversityWeight) || !(options.SumWeight >= 0) || !double.IsFinite(options.SumWeight))
        {
            throw new RecipeException(
                $"ensemble-losses wants at least 1 member, a prior for the classification and each member of which none is below a quarter of its share, smoothing from 0 to below 1, diversityWeight and sumWeight >= 0, not {options.Members.Count} members, prior [{string.Join(", ", options.Prior)}], {options.Smoothing}, {options.DiversityWeight} and {options.SumWeight}.");
        }

        if (options.OwnBlocks && shape.Dimension % count != 0)
        {
            throw new RecipeException($"ensemble-losses parts the embedding among {count} losses; the head's dimension {shape.Dimension} must be a multiple.");
        }

        this._options = options;
        var own = shape with { Dimension = options.OwnBlocks ? shape.Dimension / count : shape.Dimension };
        _members = nn.ModuleList(options.Members.Select(member => LossCatalogue.Create(member, own, initializer)).ToArray());
        _coefficients = nn.Parameter(tensor(options.Prior.Select(r => (float)Math.Sqrt((r / sum) - (1.0 / (4 * count)))).ToArray()));
        _classifier = nn.Parameter(zeros(shape.Classes, own.Dimension));
        initializer.FanIn(_classifier);
        (_means, _seen) = (zeros(count), zeros(count));
        RegisterComponents();
    }

    /// <summary>What a person must know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Idea = "Several losses at once, each on its own part of the embedding, with weights that are learned along.",
        Needs = "what its members need; the head ensemble with as many members as there are losses, the classification among them, or another whose dimension is a multiple of that number",
        Status = SourceStatus.PartlyVerified,
        Source = "the loss was read in the authors' code; linear layers stand for their heads, whose code is missing, and multi-similarity for their binomial loss; the head ensemble makes what is searched: WEDL, with compressed 128 WEDL_C.",
        Claim = "WEDL over the best single loss: Cars196 Recall@1 +10.37 (abstract); Flowers102 94.66 (repository)",
        Measured = "0.376 on frozen features, 1.4 points below Proxy Anchor and above one of its members only; WEDL 0.364, WEDL_C 0.349: not seen to help",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>The losses besides the classification; published: triplet, binomial, Proxy-NCA.</summary>
        public IReadOnlyList<MethodChoice> Members { get; init; } = [new("triplet"), new("multi-similarity"), new("proxy-nca")];

        /// <summary>Initial weights of the classification and of each member, up to a factor.</summary>
        public IReadOnlyList<double> Prior { get; init; } = [2, 1, 2, 3];

        /// <summary>WEDL: every loss has a block of the embedding to itself; false (WEL): all look at all of it.</summary>
        public bool OwnBlocks { get; init; } = true;

        /// <summary>Label smoothing of the classification.</summary>
        public double Smoothing { get; init; } = 0.15;

        /// <summary>lambda of the diversity of the blocks; of no effect where they are not apart.</summary>
        public double DiversityWeight { get; init; } = 0.01;

        /// <summary>eta: how strongly the weights are kept to a sum of 1.</summary>
        public double SumWeight { get; init; } = 100;

        /// <summary>The classifier learns this many times faster than the network.</summary>
        public double ClassifierLearningRateFactor { get; init; } = 10;
    }

    /// <inheritdoc/>
    public override double LearningRateFactorOf(string parameter)
    {
        if (!parameter.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return parameter == nameof(_classifier) ? _options.ClassifierLearningRateFactor : 1;
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
                throw new RecipeException($"ensemble-losses has {_members.Count + 1} losses, the classification among them; the head ensemble has {head.Members} members.");
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
            _members[i].BeginEpoch(_options.OwnBlocks ? new EpochStart(start.Epoch, start.Epochs, () => start.Embeddings.narrow(1, first, width)) : start);
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
        Tensor[] blocks = _options.OwnBlocks ? [.. Enumerable.Range(0, count).Select(i => batch.Embeddings.narrow(1, i * width, width))] : [.. Enumerable.Repeat(batch.Embeddings, count)];
        var targets = tensor(batch.Labels).to(batch.Embeddings.device);
        var losses = new List<Tensor> { F.cross_entropy(blocks[0].matmul(_classifier.to(blocks[0].dtype).t()), targets, label_smoothing: _options.Smoothing) };
        losses.AddRange(_members.Select((member, i) => member.Compute(new LossBatch(blocks[i + 1], batch.Labels) { Pictures = batch.Pictures, Features = batch.Features })));
        var values = stack(losses);
        Follow(values.detach());
        var total = Combined(values, _means, _coefficients, _options.SumWeight);
        if (_options.OwnBlocks)
        {
            total += Diversity([.. blocks.Select(block => F.normalize(block))]) * _options.DiversityWeight;
        }

        return (_compressionLoss(batch.Embeddings) is { } compression ? total + compression : total).MoveToOuterDisposeScope();
    }

    /// <summary>The weighted sum on one scale, and what keeps the weights to a sum of 1.</summary>
    /// <param name="losses">l, [m].</param>
    /// <param name="means">Running means, [m], this batch among them.</param>
    /// <param name="coefficients">c, [m].</param>
    /// <param name="sumWeight">eta.</param>
    internal static Tensor Combined(Tensor losses, Tensor means, Tensor coefficients, double sumWeight)
    {
        using var scope = NewDisposeScope();
        var weights = WeightsOf(coefficients);
        var scale = where(means.lt(Nothing), ones_like(means), means.mean() / means.clamp(min: Nothing));
        return ((weights * scale * losses).sum() + ((weights.sum() - 1).square() * (100 * sumWeight))).MoveToOuterDisposeScope();
    }

    /// <summary>[2 - mean distance between the blocks of a row]+ over all pairs of blocks; unit rows are never further apart.</summary>
    internal static Tensor Diversity(IReadOnlyList<Tensor> blocks)
    {
        using var scope = NewDisposeScope();
        var distances = new List<Tensor>();
        for (var i = 0; i < blocks.Count; i++)
        {
            for (var j = i + 1; j < blocks.Count; j++)
            {
                // The published constant keeps the root off 0 but where two blocks differ by just that.
                distances.Add(((blocks[i] - blocks[j] + 1e-6).square().sum(1) + 1e-24).sqrt().mean());
            }
        }

        return (distances.Count == 0 ? zeros([]).to(blocks[0]) : (2 - stack(distances).mean()).relu()).MoveToOuterDisposeScope();
    }

    // Never below a quarter of an equal share, so that no loss dies.
    private static Tensor WeightsOf(Tensor coefficients) => coefficients.square() + (1.0 / (4 * coefficients.shape[0]));

    private void Weigh(EnsembleHead head)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        head.Weigh(WeightsOf(_coefficients).sqrt());
    }

    // Plain means over all batches in which a loss found something to do.
    private void Follow(Tensor losses)
    {
        using var noGradient = no_grad();
        var found = losses.ne(0).to(_seen);
        _means.add_((losses.to(_means) - _means) / (_seen + 1) * found);
        _seen.add_(found);
    }
}
