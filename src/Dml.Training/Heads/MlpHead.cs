using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Heads;

/// <summary>
/// Pooled feature, linear layer, ReLU, linear layer, unit vector: T. Chen, S. Kornblith, M. Norouzi, G. Hinton, "A Simple Framework for
/// Contrastive Learning of Visual Representations", ICML 2020, arXiv 2002.05709 (its projection head, kept for the search here).
/// </summary>
public sealed class MlpHead : EmbeddingHead
{
    private readonly FeaturePooling _pooling;
    private readonly bool _layerNorm;
    [ComponentName(Name = "hidden")]
    private readonly Linear _hidden;
    [ComponentName(Name = "linear")]
    private readonly Linear _linear;

    /// <summary>Builds the head with weights from He's uniform distribution and biases of zero.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public MlpHead(Backbone backbone, Options options, Initializer initializer) : base(nameof(MlpHead))
    {
        if (options.Dimension is < 1 or > 4096 || options.Hidden is < 1 or > 16384)
        {
            throw new RecipeException(
                $"mlp wants a dimension from 1 to 4096 and a hidden layer from 1 to 16384, not {options.Dimension} and {options.Hidden}.");
        }

        _pooling = new(backbone, options.Pooling, options.Grid, options.Power);
        _layerNorm = options.LayerNorm;
        Dimension = options.Dimension;
        _hidden = Layer(_pooling.Dimension, options.Hidden, 6);
        _linear = Layer(options.Hidden, Dimension, 3);
        RegisterComponents();

        Linear Layer(int from, int to, double gain)
        {
            var layer = nn.Linear(from, to);
            initializer.Uniform(layer.weight!, Math.Sqrt(gain / from));
            layer.bias!.FromFloats(new float[to]);
            return layer;
        }
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
    public override int FeatureDimension => _pooling.Dimension;

    /// <inheritdoc/>
    public override string FeatureKind => _pooling.Kind;

    /// <inheritdoc/>
    public override Tensor Pool(Tensor output) => _pooling.Pool(output);

    /// <inheritdoc/>
    public override Tensor Project(Tensor feature)
    {
        using var scope = NewDisposeScope();
        var normed = _layerNorm ? F.layer_norm(feature, [_pooling.Dimension]) : feature;
        return _linear.call(_hidden.call(normed).relu()).to(float32).MoveToOuterDisposeScope();
    }

    internal override string Export(OnnxGraph graph, string input)
    {
        string Layer(Linear layer, string from) => graph.Linear(from, layer.weight!.ToFloats(), layer.bias!.ToFloats());
        var feature = _pooling.Export(graph, input);
        var normed = _layerNorm ? graph.LayerNorm(feature, _pooling.Dimension) : feature;
        return graph.Normalize(Layer(_linear, graph.Relu(Layer(_hidden, normed))));
    }
}
