using Dml.Training.Catalogues;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Synthesis;

/// <summary>
/// Zhang Ge, Yan Jing, Wei Wei, Liang Jiye, "Sample Rotation-based Hard Sample-Generating Methods for Deep Metric Learning", Journal of
/// Shanxi University (Nat. Sci. Ed.) 2024, 47(5), 973-981, DOI 10.13451/j.sxu.ns.2023106.
/// Rotates a positive around the centre of its class onto the ray that points away from the anchor, so that it keeps its distance from the
/// centre and is as far from the anchor as that allows; then applies the N-pair loss. The rotation is verified by abstract and thesis; the
/// form of the loss and the running centres are derived.
/// </summary>
public sealed class RotationHardSamples : EmbeddingLoss
{
    private readonly Options _options;
    [ComponentName(Name = "centres")]
    private readonly Tensor _centres;
    [ComponentName(Name = "known")]
    private readonly Tensor _known;

    /// <summary>Builds the loss without centres; the first epoch sets them, or else the first batch of a class.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public RotationHardSamples(LossShape shape, Options options) : base(nameof(RotationHardSamples), shape)
    {
        var check = new OptionCheck("rotation-hard-samples");
        check.Within(0, 1, options.Momentum);
        check.AtLeast(0, options.Rho);
        _options = options;
        _centres = zeros(shape.Classes, shape.Dimension);
        _known = zeros(shape.Classes);
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "Zhang Ge et al., Sample Rotation-based Hard Sample-Generating Methods for Deep Metric Learning, Journal of Shanxi "
            + "University (Nat. Sci. Ed.) 2024, 47(5)",
        Idea = "Rotates each positive around the centre of its class to the point that is as far from the anchor as its distance from the "
            + "centre allows.",
        Needs = "two pictures of every class of a batch (balanced sampler: 64 x 2); further ones make further pairs; embeds the training "
            + "set once",
        Status = SourceStatus.Derived,
        Source = "the rotation is verified by abstract and thesis; the form of the loss and the running estimate of the centres are "
            + "derived, as the paper itself was not available.",
        Claim = "CUB +0.7, Cars +2.4, SOP +1.4 over symmetrical synthesis (abstract; absolute figures not known)",
    };

    /// <summary>Where generated positives are used.</summary>
    public enum Mode
    {
        /// <summary>As the positive, and as a negative if it is closer than the real one.</summary>
        Hardest,

        /// <summary>Only as the positive; negatives are real.</summary>
        PositiveOnly,

        /// <summary>The N-pair loss of the real positives plus that of the generated ones.</summary>
        Sum,

        /// <summary>The mean of <see cref="Hardest"/> and the same with anchors and positives exchanged.</summary>
        Symmetric,
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Where generated positives are used.</summary>
        public Mode Mode { get; init; }

        /// <summary>Weight of the squared lengths, at least 0.</summary>
        public double Rho { get; init; } = 0.002;

        /// <summary>The share that a centre keeps of itself in every batch, 0 to 1.</summary>
        public double Momentum { get; init; } = 0.9;

        /// <summary>Set the centres to the class means of the training set before every epoch, not only before the first.</summary>
        public bool EveryEpoch { get; init; }

        /// <summary>Scale rows and generated positives to length 1, which the N-pair loss usually does not.</summary>
        public bool Normalize { get; init; }
    }

    /// <inheritdoc/>
    public override void BeginEpoch(EpochStart start)
    {
        if (start.Epoch > 0 && !_options.EveryEpoch)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var rows = _options.Normalize ? F.normalize(start.Embeddings) : start.Embeddings;
        var statistics = ClassStatistics.Of(rows, Shape.PictureLabels, Shape.Classes);
        _centres.copy_(statistics.Means);
        _known.copy_(statistics.Counts.gt(0).to(_known));
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var rows = _options.Normalize ? F.normalize(batch.Embeddings) : batch.Embeddings;
        Follow(rows.detach(), batch.Labels);
        return NPairs.Mean(batch with { Embeddings = rows }, pairs =>
        {
            using var inner = NewDisposeScope();
            var own = _centres.index_select(0, tensor(pairs.Labels).to(rows.device)).to(rows);
            return (Value(pairs, own, _options.Mode, _options.Normalize) + pairs.Lengths(_options.Rho)).MoveToOuterDisposeScope();
        }).MoveToOuterDisposeScope();
    }

    /// <summary>The loss without the squared lengths.</summary>
    /// <param name="pairs">One pair per class.</param>
    /// <param name="centres">The centre of each pair's class, [pairs, dimension].</param>
    /// <param name="mode">Where generated positives are used.</param>
    /// <param name="normalize">Scale generated positives to length 1.</param>
    internal static Tensor Value(NPairs pairs, Tensor centres, Mode mode, bool normalize)
    {
        using var scope = NewDisposeScope();
        var (anchors, positives, _) = pairs;
        var value = mode == Mode.Symmetric
            ? (OneWay(anchors, positives, Mode.Hardest) + OneWay(positives, anchors, Mode.Hardest)) / 2
            : OneWay(anchors, positives, mode);
        return value.MoveToOuterDisposeScope();

        Tensor OneWay(Tensor from, Tensor to, Mode mode)
        {
            var turned = Turned(from, to, centres);
            turned = normalize ? F.normalize(turned) : turned;
            var (real, generated) = (from.matmul(to.t()), from.matmul(turned.t()));
            if (mode == Mode.Sum)
            {
                return NPairs.Multiclass(real) + NPairs.Multiclass(generated);
            }

            var negatives = mode == Mode.PositiveOnly ? real : real.maximum(generated);
            var diagonal = eye(pairs.Count, dtype: ScalarType.Bool).to(real.device);
            return NPairs.Multiclass(where(diagonal, generated, negatives));
        }
    }

    /// <summary>
    /// Each positive, rotated around its centre onto the ray from the centre away from the anchor. If the anchor is the centre there is no
    /// such ray, and the positive stays.
    /// </summary>
    internal static Tensor Turned(Tensor anchors, Tensor positives, Tensor centres)
    {
        using var scope = NewDisposeScope();
        var away = centres - anchors;
        var undefined = away.detach().square().sum(1, keepdim: true).eq(0);
        // The root has no gradient at 0, so these rows are replaced before it.
        var direction = where(undefined, ones_like(away), away);
        var unit = direction / (Length(direction) + 1e-12);
        var spoke = positives - centres;
        var atCentre = spoke.detach().square().sum(1, keepdim: true).eq(0);
        var radius = Length(where(atCentre, ones_like(spoke), spoke)) * atCentre.logical_not().to(spoke);
        return where(undefined, positives, centres + (unit * radius)).MoveToOuterDisposeScope();
    }

    private static Tensor Length(Tensor rows) => rows.square().sum(1, keepdim: true).sqrt();

    // Moves the centres of the batch's classes towards the means of their rows; a centre that is not known yet starts there.
    private void Follow(Tensor rows, long[] labels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var present = labels.Distinct().ToArray();
        var numbers = present.Select((label, i) => (label, i)).ToDictionary(p => p.label, p => p.i);
        var means = ClassStatistics.Of(rows, [.. labels.Select(l => numbers[l])], present.Length).Means.to(_centres);
        var places = tensor(present).to(_centres.device);
        var keep = (_known.index_select(0, places) * _options.Momentum).unsqueeze(1);
        _centres.index_copy_(0, places, (_centres.index_select(0, places) * keep) + (means * (1 - keep)));
        _known.index_fill_(0, places, 1);
    }
}
