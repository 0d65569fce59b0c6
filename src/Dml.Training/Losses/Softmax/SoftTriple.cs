using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Losses.Softmax;

/// <summary>
/// Q. Qian et al., "SoftTriple Loss: Deep Metric Learning Without Triplet Sampling", ICCV 2019, arXiv 1909.05235.
/// Every class has several centres; its similarity to a row is the mean of their cosines, weighted by softmax(cosine / gamma). Loss: the
/// mean cross-entropy of softmax(lambda similarity), that of the own class less a margin, + tau (distances between the centres of a class),
/// which lets centres that are not needed fall together.
/// </summary>
public sealed class SoftTriple : EmbeddingLoss
{
    // Keeps the root's gradient finite where two centres are one.
    private const double Small = 1e-5;
    private readonly Options _options;
    [ComponentName(Name = "centres")]
    private readonly Parameter _centres;

    /// <summary>Draws the centres from N(0, 1 / dimension).</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public SoftTriple(LossShape shape, Options options, Initializer initializer) : base(nameof(SoftTriple), shape)
    {
        var check = new OptionCheck("soft-triple");
        check.AtLeast(1, options.Centres);
        check.Above(0, options.Lambda);
        check.Above(0, options.Gamma);
        check.AtLeast(0, options.Tau);
        check.AtLeast(0, options.Margin);
        _options = options;
        _centres = RowPerClass(rows => initializer.Normal(rows, 1 / Math.Sqrt(shape.Dimension)), options.Centres);
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "Q. Qian et al., SoftTriple Loss: Deep Metric Learning Without Triplet Sampling, ICCV 2019, arXiv 1909.05235",
        Idea = "A softmax in which every class has several centres, so that a class may have several looks; it needs no mining.",
        Needs = "no particular batch; several centres per class are learned",
        Status = SourceStatus.Verified,
        Source = "formula and constants are those of the authors' code and were computed with PyTorch. The authors' centres learn at 1e-2 "
            + "where the network learns at 1e-4, and Adam's epsilon is 0.01.",
        Claim = "BN-Inception 512: CUB 65.4, Cars 84.5, SOP 78.3 (from memory)",
    };

    /// <summary>What a recipe may change; the defaults are the published ones.</summary>
    public sealed record Options
    {
        /// <summary>K, centres of each class, at least 1; published for SOP: 2.</summary>
        public int Centres { get; init; } = 10;

        /// <summary>lambda, the factor of the similarities, above 0.</summary>
        public double Lambda { get; init; } = 20;

        /// <summary>gamma, the temperature at which a row chooses among the centres of a class, above 0.</summary>
        public double Gamma { get; init; } = 0.1;

        /// <summary>tau, the weight of the distances between the centres of a class, at least 0.</summary>
        public double Tau { get; init; } = 0.2;

        /// <summary>delta, taken off the similarity of the own class; at least 0.</summary>
        public double Margin { get; init; } = 0.01;

        /// <summary>Learning rate of the centres as a multiple of the network's.</summary>
        public double ProxyLearningRateFactor { get; init; } = 100;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.ProxyLearningRateFactor;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch.Embeddings, batch.Labels, _centres, _options);

    internal static Tensor Value(Tensor rows, long[] labels, Tensor centres, Options options)
    {
        using var scope = NewDisposeScope();
        var unit = F.normalize(centres.to(rows.dtype)).view(-1, options.Centres, rows.shape[1]);
        var classes = unit.shape[0];
        var cosines = F.normalize(rows).matmul(unit.flatten(0, 1).t()).view(rows.shape[0], classes, options.Centres);
        var similarities = ((cosines / options.Gamma).softmax(2) * cosines).sum(2);
        var value = ClassCosines.Entropy(similarities, labels, options.Lambda, own => own - options.Margin);
        if (options.Tau > 0 && options.Centres > 1)
        {
            var between = unit.matmul(unit.transpose(1, 2));
            var pairs = ones([options.Centres, options.Centres], ScalarType.Bool).to(rows.device).triu(1);
            var distances = (2 + Small - (between * 2)).clamp(min: Small / 2).sqrt();
            value += MaskedSums.Sum(distances, pairs.unsqueeze(0).expand_as(distances))
                * (options.Tau / (classes * options.Centres * (options.Centres - 1)));
        }

        return value.MoveToOuterDisposeScope();
    }
}
