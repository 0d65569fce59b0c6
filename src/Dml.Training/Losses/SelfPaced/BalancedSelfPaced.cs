using Dml.Training.Catalogues;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.SelfPaced;

/// <summary>
/// C. Zhang, L. Luo, B. Gu, "Denoising Multi-Similarity Formulation: A Self-paced Curriculum-Driven Approach for Robust Metric Learning",
/// AAAI 2023, arXiv 2211.11751. Every training picture has a weight v from 0 to 1, learned before every epoch
/// (<see cref="PictureWeights"/>). Pictures that are too hard for the age of the training, such as wrongly labelled ones, get weight 0; the
/// age rises with the epochs. The loss is (1 / batch^2) sum over pairs of v_i v_j cost_ij.
/// Only abstract and introduction were available; every formula here is derived to agree with them.
/// </summary>
public sealed class BalancedSelfPaced : EmbeddingLoss
{
    // Pictures that the hardness of a picture is estimated on, if there are more.
    private const int Judges = 2048;
    private readonly Options _options;
    private readonly PairCosts _costs;
    [ComponentName(Name = "weights")]
    private readonly Tensor _weights;
    [ComponentName(Name = "age")]
    private readonly Tensor _age;

    /// <summary>Builds the loss with all weights 1.</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public BalancedSelfPaced(LossShape shape, Options options) : base(nameof(BalancedSelfPaced), shape)
    {
        var check = new OptionCheck("bspml");
        check.Above(0, options.Alpha);
        check.Above(0, options.Beta);
        check.Finite(options.Lambda);
        check.AtLeast(0, options.Balance);
        check.AtLeast(1.0, options.Growth);
        check.Below(0, 1, options.NoiseRate);
        check.AtLeast(1, options.WarmupEpochs);
        check.AtLeast(1, options.Visits);
        check.AtLeast(1, options.Block);
        check.AtLeast(2, options.Sample);
        _options = options;
        _costs = new(options.Alpha, options.Beta, options.Lambda);
        _weights = ones(Math.Max(1, shape.PictureLabels.Count));
        _age = zeros(2);
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "C. Zhang, L. Luo, B. Gu, Denoising Multi-Similarity Formulation: A Self-paced Curriculum-Driven Approach for Robust "
            + "Metric Learning, AAAI 2023, arXiv 2211.11751",
        Idea = "Learns a weight for every training picture along with the network; pictures that are too hard for the current age of the "
            + "training, such as wrongly labelled ones, have no weight.",
        Needs = "at least two pictures of a class in a batch (balanced sampler: 32 x 4); embeds the training set before every epoch",
        Status = SourceStatus.Derived,
        Source = "only abstract and introduction were read; pair costs, balance and steps are derived from them and from the same group's "
            + "method for AUC. The balance is a mean over pairs of classes.",
        Claim = "better robustness to label noise than earlier methods (abstract; figures not known)",
    };

    /// <summary>How weights enter the loss.</summary>
    public enum Form
    {
        /// <summary>Weighted pair costs.</summary>
        Pairwise,

        /// <summary>Multi-similarity's logarithms of sums, with weights on the anchors and inside the sums.</summary>
        Denoising,
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>How weights enter the loss.</summary>
        public Form Form { get; init; }

        /// <summary>Sharpness towards positives, above 0.</summary>
        public double Alpha { get; init; } = 2;

        /// <summary>Sharpness towards negatives, above 0.</summary>
        public double Beta { get; init; } = 40;

        /// <summary>The cosine that positives and negatives are measured from.</summary>
        public double Lambda { get; init; } = 0.5;

        /// <summary>mu: how strongly the mean weights of the classes are kept equal, at least 0.</summary>
        public double Balance { get; init; } = 0.1;

        /// <summary>rho: the age is multiplied by this after every epoch, at least 1; 1.1 to 1.3 is usual.</summary>
        public double Growth { get; init; } = 1.2;

        /// <summary>
        /// Share of the pictures that are never admitted, 0 to below 1: the final age is that quantile of the hardness after warm-up.
        /// </summary>
        public double NoiseRate { get; init; } = 0.1;

        /// <summary>Epochs in which every picture has weight 1, at least 1.</summary>
        public int WarmupEpochs { get; init; } = 2;

        /// <summary>How often a weight is updated before an epoch, on average; at least 1.</summary>
        public int Visits { get; init; } = 10;

        /// <summary>Weights that are updated together, at least 1.</summary>
        public int Block { get; init; } = 128;

        /// <summary>Pictures that the gradient of an update is estimated on, at least 2.</summary>
        public int Sample { get; init; } = 512;
    }

    /// <inheritdoc/>
    public override void BeginEpoch(EpochStart start)
    {
        if (start.Epoch < _options.WarmupEpochs)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var rows = F.normalize(start.Embeddings).to(_weights);
        var pictures = new PictureWeights(rows, Shape.PictureLabels, Shape.Classes, _costs, _options.Balance);
        var every = pictures.Some(int.MaxValue);
        var judges = pictures.Some(Judges);
        if (start.Epoch == _options.WarmupEpochs)
        {
            var hardness = pictures.Hardness(_weights, every, judges);
            var quantiles = tensor([0.5f, (float)(1 - _options.NoiseRate)]).to(hardness);
            _age.copy_(hardness.quantile(quantiles));
        }

        var (now, last) = (_age[0].item<float>(), _age[1].item<float>());
        var steps = _options.Visits * (int)Math.Ceiling((double)Shape.PictureLabels.Count / _options.Block);
        pictures.Descend(_weights, now, steps, _options.Block, _options.Sample);
        pictures.KeepPairs(_weights, pictures.Hardness(_weights, every, judges));
        _age.copy_(tensor([(float)Math.Min(now * _options.Growth, Math.Max(now, last)), last]));
    }

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch)
    {
        using var scope = NewDisposeScope();
        var places = tensor(batch.Pictures.Select(p => (long)p).ToArray(), ScalarType.Int64).to(_weights.device);
        var own = batch.Pictures.Length == 0 ? ones(batch.Labels.Length) : _weights.index_select(0, places);
        var rows = F.normalize(batch.Embeddings);
        return Value(rows, batch.Labels, own.to(batch.Embeddings), _costs, _options.Form).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of unit rows with their weights, shape [batch].</summary>
    internal static Tensor Value(Tensor rows, long[] labels, Tensor weights, PairCosts costs, Form form)
    {
        using var scope = NewDisposeScope();
        var pairs = LabelPairs.Of(labels, rows.device);
        if (form == Form.Pairwise)
        {
            var self = pairs.Positive.logical_or(pairs.Negative).logical_not();
            var weighted = costs.Of(rows, rows, pairs.Positive, self) * weights.unsqueeze(0) * weights.unsqueeze(1);
            return (weighted.sum() / (labels.Length * labels.Length)).MoveToOuterDisposeScope();
        }

        // log(1 + sum v e^x) = log(1 + sum e^(x + log v)); pairs of weight 0 are masked.
        var apart = rows.matmul(rows.t()) - costs.Lambda;
        var (some, shift) = (weights.gt(0).unsqueeze(0), weights.clamp(min: 1e-12).log().unsqueeze(0));
        var pull = MaskedSums.LogOnePlusSum((apart * -costs.Alpha) + shift, pairs.Positive.logical_and(some), 1) / costs.Alpha;
        var push = MaskedSums.LogOnePlusSum((apart * costs.Beta) + shift, pairs.Negative.logical_and(some), 1) / costs.Beta;
        return ((pull + push) * weights).mean().MoveToOuterDisposeScope();
    }
}
