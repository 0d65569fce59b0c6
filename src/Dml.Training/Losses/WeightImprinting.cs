using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Network;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses;

/// <summary>
/// H. Qi, M. Brown, D. Lowe, "Low-Shot Learning with Imprinted Weights", CVPR 2018, arXiv 1712.07136.
/// Cross-entropy of a classifier whose logits are a learned scale times the cosine of embedding and class row. A row can be imprinted, that
/// is, set to the direction of the mean of its class's unit embeddings.
/// </summary>
public sealed class WeightImprinting : EmbeddingLoss
{
    // A mean of unit rows shorter than this has no direction.
    private const double NoDirection = 1e-6;
    private readonly Options _options;
    [ComponentName(Name = "rows")]
    private readonly Parameter _rows;
    [ComponentName(Name = "scale")]
    private readonly Parameter _scale;

    /// <summary>Draws random unit rows.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public WeightImprinting(LossShape shape, Options options, Initializer initializer) : base(nameof(WeightImprinting), shape)
    {
        var check = new OptionCheck("weight-imprinting");
        check.Above(0, options.Scale);
        check.AtLeast(0, options.ImprintAtEpoch ?? 0);
        _options = options;
        _rows = RowPerClass(rows => initializer.Normal(rows, 1));
        _scale = nn.Parameter(full([1], options.Scale, dtype: float32));
        RegisterComponents();
        KeepRowsUnit();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "H. Qi, M. Brown, D. Lowe, Low-Shot Learning with Imprinted Weights, CVPR 2018, arXiv 1712.07136",
        Idea = "A classifier on cosines whose class rows are embeddings, so that a new class is added by its mean embedding without "
            + "training.",
        Needs = "no particular batch (balanced sampler if classes are few-shot); one row per class is learned; new classes: dml imprint",
        Status = SourceStatus.Verified,
        Source = "the averaging rule is the abstract's, the classifier that of the best known re-implementation; rows are scaled inside "
            + "the gradient, which the paper, from memory, does too.",
        Claim = "CUB, 200-way accuracy on 100 new classes of 1, 2, 5, 10, 20 pictures: 21.26, 28.69, 39.52, 45.77, 49.32 imprinted; "
            + "18.67, 30.17, 46.08, 59.39, 68.77 with training (paper)",
    };

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Initial factor of the cosines, above 0; it is learned.</summary>
        public double Scale { get; init; } = 10;

        /// <summary>
        /// Epoch, from 0, before which every row is set to its class's mean embedding, at the cost of a pass over the pictures; null keeps
        /// the random rows.
        /// </summary>
        public int? ImprintAtEpoch { get; init; }

        /// <summary>Learning rate of rows and scale as a multiple of the network's.</summary>
        public double ProxyLearningRateFactor { get; init; } = 10;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.ProxyLearningRateFactor;

    /// <inheritdoc/>
    public override void BeginEpoch(EpochStart start)
    {
        if (start.Epoch == _options.ImprintAtEpoch)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            _rows.copy_(Imprinted(start.Embeddings, [.. Shape.PictureLabels.Select(label => (long)label)], Shape.Classes));
        }
    }

    /// <inheritdoc/>
    public override void AfterBackward(EmbeddingNetwork network) => KeepRowsUnit();

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch.Embeddings, batch.Labels, _rows, _scale);

    internal static Tensor Value(Tensor embeddings, long[] labels, Tensor rows, Tensor scale)
    {
        using var scope = NewDisposeScope();
        var logits = F.normalize(embeddings).matmul(F.normalize(rows).t()) * scale;
        return F.cross_entropy(logits, torch.tensor(labels).to(embeddings.device)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The direction of the mean unit embedding of every class; its first embedding if they cancel out; 0 for a class without embeddings.
    /// </summary>
    /// <param name="embeddings">Shape [n, dimension], rows of any length.</param>
    /// <param name="labels">Shape [n].</param>
    /// <param name="classes">Number of classes.</param>
    internal static Tensor Imprinted(Tensor embeddings, long[] labels, int classes)
    {
        using var scope = NewDisposeScope();
        var unit = F.normalize(embeddings);
        var place = torch.tensor(labels).to(unit.device);
        var sums = zeros([classes, unit.shape[1]], dtype: unit.dtype).to(unit.device).index_add(0, place, unit, 1);
        var counts = Enumerable.Range(0, classes).Select(c => (double)labels.Count(label => label == c)).ToArray();
        long[] first = [.. Enumerable.Range(0, classes).Select(c => (long)Math.Max(0, Array.IndexOf(labels, c)))];
        var count = tensor(counts).to(unit.device).unsqueeze(1);
        var lost = sums.norm(1, keepdim: true).lt(count * NoDirection).logical_and(count.gt(0));
        return where(lost, unit.index_select(0, torch.tensor(first).to(unit.device)), F.normalize(sums)).MoveToOuterDisposeScope();
    }

    private void KeepRowsUnit()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        _rows.copy_(F.normalize(_rows));
    }
}
