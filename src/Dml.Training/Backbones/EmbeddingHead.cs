using Dml.Training.Catalogues;
using Dml.Training.Export;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Backbones;

/// <summary>Feature map or token -> pooled vector -> linear layer -> unit vector [batch, <see cref="Dimension"/>].</summary>
public sealed class EmbeddingHead : nn.Module<Tensor, Tensor>
{
    private readonly Options options;
    private readonly int cell;
    private readonly int dimension;
    private readonly Linear? linear;

    /// <summary>Builds the head with fresh weights and a bias of zero.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public EmbeddingHead(Backbone backbone, Options options, Initializer initializer) : base(nameof(EmbeddingHead))
    {
        if (options.Dimension is < 0 or > 4096)
        {
            throw new RecipeException($"An embedding has 1 to 4096 dimensions, or 0 for the backbone's own feature; not {options.Dimension}.");
        }

        if (options.Grid < 1 || (backbone.GivesFeatureMap && backbone.FeatureMapSide % options.Grid != 0))
        {
            throw new RecipeException($"The head's grid must divide the feature map's side of {backbone.FeatureMapSide}; {options.Grid} does not.");
        }

        this.options = options;
        cell = backbone.FeatureMapSide / options.Grid;
        var feature = backbone.OutputDimension * (backbone.GivesFeatureMap ? options.Grid * options.Grid : 1);
        dimension = options.Dimension > 0 ? options.Dimension : feature;
        if (options.Dimension > 0)
        {
            linear = nn.Linear(feature, dimension);
            Initialize(linear.weight!, initializer);
            linear.bias!.FromFloats(new float[dimension]);
        }

        RegisterComponents();
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Length of the embedding, 1..4096; 0: no linear layer, the embedding is the backbone's feature with length 1.</summary>
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

    /// <summary>Length of the embedding.</summary>
    public int Dimension => dimension;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var feature = cell > 0 ? Pool(input) : input;
        var embedding = linear is null ? feature : linear.call(feature);
        // The norm in single precision whatever the layers ran in: a unit vector off by bfloat16's 0.4% would be no unit vector.
        return F.normalize(embedding.to(float32)).MoveToOuterDisposeScope();
    }

    private void Initialize(Tensor weight, Initializer initializer)
    {
        if (options.Initialization == WeightInitialization.FanIn)
        {
            initializer.FanIn(weight);
        }
        else
        {
            initializer.Normal(weight, Math.Sqrt(2.0 / dimension));
        }
    }

    /// <summary>The pooled feature before the linear layer, [batch, channels * grid * grid].</summary>
    internal Tensor Pool(Tensor map)
    {
        using var scope = NewDisposeScope();
        var mean = F.avg_pool2d(map, [cell, cell]);
        var pooled = options.Pooling == Pooling.Average ? mean : mean + F.max_pool2d(map, cell);
        return pooled.flatten(1).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input)
    {
        if (cell > 0)
        {
            var mean = graph.AveragePool(input, cell);
            input = graph.Flatten(options.Pooling == Pooling.Average ? mean : graph.Add(mean, graph.MaxPool(input, cell, cell, 0)));
        }

        return graph.Normalize(linear is null ? input : linear.Export(graph, input));
    }
}
