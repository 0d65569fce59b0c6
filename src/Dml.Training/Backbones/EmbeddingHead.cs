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
    private readonly int mapSide;
    private readonly int dimension;
    private readonly Linear? linear;

    /// <summary>Linear weights from Kaiming's normal over the fan-out, bias zero, as in the Proxy Anchor repository.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public EmbeddingHead(Backbone backbone, Options options, Initializer initializer) : base(nameof(EmbeddingHead))
    {
        if (options.Dimension is < 0 or > 4096)
        {
            throw new RecipeException($"An embedding has 1 to 4096 dimensions, or 0 for the backbone's own feature; not {options.Dimension}.");
        }

        this.options = options;
        mapSide = backbone.MapSide;
        if (mapSide > 0 && options.Pooling == Pooling.Grid && (options.GridSize < 1 || mapSide % options.GridSize != 0))
        {
            throw new RecipeException($"A grid of {options.GridSize} x {options.GridSize} cells does not divide the {mapSide} x {mapSide} feature map: gridSize must be a divisor of {mapSide}.");
        }

        var cells = mapSide > 0 && options.Pooling == Pooling.Grid ? options.GridSize * options.GridSize : 1;
        var features = backbone.OutputDimension * cells;
        dimension = options.Dimension > 0 ? options.Dimension : features;
        if (options.Dimension > 0)
        {
            linear = nn.Linear(features, dimension);
            initializer.Normal(linear.weight!, Math.Sqrt(2.0 / dimension));
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

        /// <summary>With <see cref="Pooling.Grid"/>: cells along a side, a divisor of the feature map's side.</summary>
        public int GridSize { get; init; } = 4;
    }

    /// <summary>Length of the embedding.</summary>
    public int Dimension => dimension;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var feature = mapSide > 0 ? Pool(input) : input;
        var embedding = linear is null ? feature : linear.call(feature);
        // The norm in single precision whatever the layers ran in: a unit vector off by bfloat16's 0.4% would be no unit vector.
        return F.normalize(embedding.to(float32)).MoveToOuterDisposeScope();
    }

    /// <summary>The pooled feature before the linear layer, [batch, features].</summary>
    internal Tensor Pool(Tensor map) => options.Pooling switch
    {
        Pooling.Average => map.mean([2L, 3L]),
        Pooling.AverageMax => map.mean([2L, 3L]) + map.amax([2L, 3L]),
        _ => F.avg_pool2d(map, mapSide / options.GridSize).flatten(1),
    };

    internal string Export(OnnxGraph graph, string input)
    {
        if (mapSide > 0)
        {
            input = graph.Flatten(options.Pooling switch
            {
                Pooling.Average => graph.GlobalAveragePool(input),
                Pooling.AverageMax => graph.Add(graph.GlobalAveragePool(input), graph.GlobalMaxPool(input)),
                _ => graph.AveragePool(input, mapSide / options.GridSize),
            });
        }

        return graph.Normalize(linear is null ? input : linear.Export(graph, input));
    }
}
