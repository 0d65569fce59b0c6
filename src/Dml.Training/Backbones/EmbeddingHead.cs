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
    private readonly bool poolsMap;
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
        poolsMap = backbone.GivesFeatureMap;
        dimension = options.Dimension > 0 ? options.Dimension : backbone.OutputDimension;
        if (options.Dimension > 0)
        {
            linear = nn.Linear(backbone.OutputDimension, dimension);
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
    }

    /// <summary>Length of the embedding.</summary>
    public int Dimension => dimension;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var feature = poolsMap ? Pool(input) : input;
        var embedding = linear is null ? feature : linear.call(feature);
        // The norm in single precision whatever the layers ran in: a unit vector off by bfloat16's 0.4% would be no unit vector.
        return F.normalize(embedding.to(float32)).MoveToOuterDisposeScope();
    }

    /// <summary>The pooled feature before the linear layer, [batch, backbone dimension].</summary>
    internal Tensor Pool(Tensor map)
    {
        var mean = map.mean([2L, 3L]);
        return options.Pooling == Pooling.Average ? mean : mean + map.amax([2L, 3L]);
    }

    internal string Export(OnnxGraph graph, string input)
    {
        if (poolsMap)
        {
            var mean = graph.GlobalAveragePool(input);
            input = graph.Flatten(options.Pooling == Pooling.Average ? mean : graph.Add(mean, graph.GlobalMaxPool(input)));
        }

        return graph.Normalize(linear is null ? input : linear.Export(graph, input));
    }
}
