using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Export;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Training.Heads;

/// <summary>Pooled feature, linear layer, unit vector.</summary>
public sealed class LinearHead : EmbeddingHead
{
    private readonly FeaturePooling pooling;
    private readonly Linear linear;

    /// <summary>Builds the head with fresh weights and a bias of zero.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public LinearHead(Backbone backbone, Options options, Initializer initializer) : base(nameof(LinearHead))
    {
        if (options.Dimension is < 1 or > 4096)
        {
            throw new RecipeException($"An embedding has 1 to 4096 dimensions, not {options.Dimension}; the backbone's own feature is the head l2.");
        }

        pooling = new(backbone, options.Pooling, options.Grid);
        Dimension = options.Dimension;
        linear = nn.Linear(pooling.Dimension, Dimension);
        if (options.Initialization == WeightInitialization.FanIn)
        {
            initializer.FanIn(linear.weight!);
        }
        else
        {
            initializer.Normal(linear.weight!, Math.Sqrt(2.0 / Dimension));
        }

        linear.bias!.FromFloats(new float[Dimension]);
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
        /// Keeps where things are, which matters where pictures are small and centred.
        /// </summary>
        public int Grid { get; init; } = 1;
    }

    /// <inheritdoc/>
    public override int Dimension { get; }

    /// <inheritdoc/>
    public override int FeatureDimension => pooling.Dimension;

    /// <inheritdoc/>
    public override string FeatureKind => pooling.Kind;

    /// <inheritdoc/>
    public override Tensor Pool(Tensor output) => pooling.Pool(output);

    /// <inheritdoc/>
    // In single precision whatever the layers ran in: a unit vector off by bfloat16's 0.4% would be no unit vector.
    public override Tensor Project(Tensor feature) => linear.call(feature).to(float32);

    internal override string Export(OnnxGraph graph, string input) =>
        graph.Normalize(graph.Linear(pooling.Export(graph, input), linear.weight!.ToFloats(), linear.bias!.ToFloats()));
}
