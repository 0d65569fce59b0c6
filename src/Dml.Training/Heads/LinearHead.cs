using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Heads;

/// <summary>Pooled feature, linear layer, unit vector.</summary>
public sealed class LinearHead : PooledHead
{
    [ComponentName(Name = "linear")]
    private readonly Linear _linear;

    /// <summary>Builds the head with fresh weights and a bias of zero.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public LinearHead(Backbone backbone, Options options, Initializer initializer)
        : base(nameof(LinearHead), backbone, options.Pooling, options.Grid, options.Power, options.LayerNorm)
    {
        if (options.Dimension is < 1 or > 4096)
        {
            throw new RecipeException(
                $"An embedding has 1 to 4096 dimensions, not {options.Dimension}; the backbone's own feature is the head l2.");
        }

        Dimension = options.Dimension;
        Action<Tensor> fill = options.Initialization switch
        {
            WeightInitialization.FanIn => initializer.FanIn,
            WeightInitialization.Orthogonal => initializer.Orthogonal,
            _ => weight => initializer.Normal(weight, Math.Sqrt(2.0 / Dimension)),
        };
        _linear = Layer(FeatureDimension, Dimension, fill);
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
    // In single precision whatever the layers ran in: a unit vector off by bfloat16's 0.4% would not be a unit vector.
    public override Tensor Project(Tensor feature)
    {
        using var scope = NewDisposeScope();
        return _linear.call(Normed(feature)).to(float32).MoveToOuterDisposeScope();
    }

    internal override string Export(OnnxGraph graph, string input) =>
        graph.Normalize(Export(graph, _linear, ExportNormed(graph, input)));
}
