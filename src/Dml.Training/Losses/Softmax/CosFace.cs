using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Losses.Softmax;

/// <summary>
/// H. Wang et al., "CosFace: Large Margin Cosine Loss for Deep Face Recognition", CVPR 2018, arXiv 1801.09414, eq. 4.
/// The mean cross-entropy of softmax(scale c), c the cosines to the learned vectors of the classes, that of the own class less a margin.
/// </summary>
public sealed class CosFace : EmbeddingLoss
{
    private readonly Options _options;
    [ComponentName(Name = "vectors")]
    private readonly Parameter _vectors;

    /// <summary>Draws the classes' vectors from N(0, 1 / dimension).</summary>
    /// <exception cref="RecipeException">An option is out of range.</exception>
    public CosFace(LossShape shape, Options options, Initializer initializer) : base(nameof(CosFace), shape)
    {
        var check = new OptionCheck("cosface");
        check.Above(0, options.Scale);
        check.AtLeast(0, options.Margin);
        _options = options;
        _vectors = RowPerClass(rows => initializer.Normal(rows, 1 / Math.Sqrt(shape.Dimension)));
        RegisterComponents();
    }

    /// <summary>What a user needs to know to choose it.</summary>
    public static MethodAbout About { get; } = new()
    {
        Paper = "H. Wang et al., CosFace: Large Margin Cosine Loss for Deep Face Recognition, CVPR 2018, arXiv 1801.09414",
        Idea = "Classifies by cosines, and asks of the own class's cosine that it stand out by a margin.",
        Needs = "no particular batch; for many classes; a vector per class is learned",
        Status = SourceStatus.Verified,
        Source = "the formula is that of public implementations and was computed with PyTorch. The authors let the vectors learn as fast "
            + "as the network, with SGD; here they learn 10 times faster.",
        Claim = "face recognition: LFW 99.73, YTF 97.6 (from memory)",
    };

    /// <summary>What a recipe may change; the defaults are the published ones for faces.</summary>
    public sealed record Options
    {
        /// <summary>s, the factor of the cosines, above 0.</summary>
        public double Scale { get; init; } = 64;

        /// <summary>m, taken off the cosine of the own class; at least 0.</summary>
        public double Margin { get; init; } = 0.35;

        /// <summary>Learning rate of the classes' vectors as a multiple of the network's.</summary>
        public double ProxyLearningRateFactor { get; init; } = 10;
    }

    /// <inheritdoc/>
    public override double ProxyLearningRateFactor => _options.ProxyLearningRateFactor;

    /// <inheritdoc/>
    protected override Tensor Loss(LossBatch batch) => Value(batch.Embeddings, batch.Labels, _vectors, _options);

    internal static Tensor Value(Tensor rows, long[] labels, Tensor vectors, Options options)
    {
        using var scope = NewDisposeScope();
        var cosines = ClassCosines.Of(rows, vectors.to(rows.dtype), centres: 1);
        return ClassCosines.Entropy(cosines, labels, options.Scale, own => own - options.Margin).MoveToOuterDisposeScope();
    }
}
