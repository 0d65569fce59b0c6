using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Heads;

/// <summary>
/// Pooled feature, linear layer, ReLU, linear layer, unit vector: T. Chen, S. Kornblith, M. Norouzi, G. Hinton, "A Simple Framework for
/// Contrastive Learning of Visual Representations", ICML 2020, arXiv 2002.05709 (its projection head, kept for the search here).
/// </summary>
public sealed class MlpHead : PooledHead
{
    [ComponentName(Name = "hidden")]
    private readonly Linear _hidden;
    [ComponentName(Name = "linear")]
    private readonly Linear _linear;

    /// <summary>Builds the head with weights from He's uniform distribution and biases of zero.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public MlpHead(Backbone backbone, Options options, Initializer initializer)
        : base(nameof(MlpHead), backbone, options.Pooling, options.Grid, options.Power, options.LayerNorm)
    {
        if (options.Dimension is < 1 or > 4096 || options.Hidden is < 1 or > 16384)
        {
            throw new RecipeException(
                $"mlp wants a dimension from 1 to 4096 and a hidden layer from 1 to 16384, not {options.Dimension} and {options.Hidden}.");
        }

        Dimension = options.Dimension;
        _hidden = Layer(FeatureDimension, options.Hidden, weight => initializer.Uniform(weight, Math.Sqrt(6.0 / FeatureDimension)));
        _linear = Layer(options.Hidden, Dimension, weight => initializer.Uniform(weight, Math.Sqrt(3.0 / options.Hidden)));
        RegisterComponents();
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Length of the embedding, 1..4096.</summary>
        public int Dimension { get; init; } = 512;

        /// <summary>Width of the layer between, 1..16384.</summary>
        public int Hidden { get; init; } = 1024;

        /// <summary>Pooling of a feature map; a transformer's token needs none.</summary>
        public Pooling Pooling { get; init; } = Pooling.Average;

        /// <summary>Pool to grid x grid cells, laid end to end; must divide the map's side.</summary>
        public int Grid { get; init; } = 1;

        /// <summary>p of the pooling <see cref="Pooling.Gem"/>, at least 1.</summary>
        public double Power { get; init; } = FeaturePooling.PublishedPower;

        /// <summary>Bring the numbers of the pooled feature to mean 0 and variance 1 first; nothing in it learns.</summary>
        public bool LayerNorm { get; init; }
    }

    /// <inheritdoc/>
    public override int Dimension { get; }

    /// <inheritdoc/>
    public override Tensor Project(Tensor feature)
    {
        using var scope = NewDisposeScope();
        return _linear.call(_hidden.call(Normed(feature)).relu()).to(float32).MoveToOuterDisposeScope();
    }

    internal override string Export(OnnxGraph graph, string input)
    {
        var hidden = graph.Relu(Export(graph, _hidden, ExportNormed(graph, input)));
        return graph.Normalize(Export(graph, _linear, hidden));
    }
}
