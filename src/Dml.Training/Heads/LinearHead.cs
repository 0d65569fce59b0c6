using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Heads;

/// <summary>Pooled feature, linear layer, unit vector.</summary>
public sealed class LinearHead : EmbeddingHead
{
    private readonly FeaturePooling _pooling;
    private readonly bool _layerNorm;
    [ComponentName(Name = "linear")]
    private readonly Linear _linear;

    /// <summary>Builds the head with fresh weights and a bias of zero.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public LinearHead(Backbone backbone, Options options, Initializer initializer) : base(nameof(LinearHead))
    {
        if (options.Dimension is < 1 or > 4096)
        {
            throw new RecipeException(
                $"An embedding has 1 to 4096 dimensions, not {options.Dimension}; the backbone's own feature is the head l2.");
        }

        _pooling = new(backbone, options.Pooling, options.Grid, options.Power);
        _layerNorm = options.LayerNorm;
        Dimension = options.Dimension;
        _linear = nn.Linear(_pooling.Dimension, Dimension);
        Action<Tensor> fill = options.Initialization switch
        {
            WeightInitialization.FanIn => initializer.FanIn,
            WeightInitialization.Orthogonal => initializer.Orthogonal,
            _ => weight => initializer.Normal(weight, Math.Sqrt(2.0 / Dimension)),
        };
        fill(_linear.weight!);

        _linear.bias!.FromFloats(new float[Dimension]);
        RegisterComponents();
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Length of the embedding, 1..4096.</summary>
        public int Dimension { get; init; } = 512;

        /// <summary>Pooling of a feature map; a transformer's token needs none.</summary>
        public Pooling Pooling { get; init; } = Pooling.Average;

        /// <summary>How the linear layer starts; published: Kaiming's normal over the fan-out, as in the Proxy Anchor repository.</summary>
        public WeightInitialization Initialization { get; init; }

        /// <summary>
        /// Pool to grid x grid cells, laid end to end, instead of one for the whole map; must divide the map's side.
        /// Preserves positions, which matters where pictures are small and centred.
        /// </summary>
        public int Grid { get; init; } = 1;

        /// <summary>p of the pooling <see cref="Pooling.Gem"/>, at least 1.</summary>
        public double Power { get; init; } = FeaturePooling.PublishedPower;

        /// <summary>
        /// Bring the numbers of the pooled feature to mean 0 and variance 1 first, as ProxyNCA++ and HIER do; nothing in it learns.
        /// </summary>
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
    // In single precision whatever the layers ran in: a unit vector off by bfloat16's 0.4% would not be a unit vector.
    public override Tensor Project(Tensor feature)
    {
        using var scope = NewDisposeScope();
        var normed = _layerNorm ? F.layer_norm(feature, [_pooling.Dimension]) : feature;
        return _linear.call(normed).to(float32).MoveToOuterDisposeScope();
    }

    internal override string Export(OnnxGraph graph, string input)
    {
        var feature = _pooling.Export(graph, input);
        var normed = _layerNorm ? graph.LayerNorm(feature, _pooling.Dimension) : feature;
        return graph.Normalize(graph.Linear(normed, _linear.weight!.ToFloats(), _linear.bias!.ToFloats()));
    }
}
