using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Heads;

/// <summary>A head whose feature is the backbone's output, pooled where it is a map.</summary>
public abstract class PooledHead : EmbeddingHead
{
    private readonly FeaturePooling _pooling;
    private readonly bool _layerNorm;

    /// <param name="name">Of the module.</param>
    /// <param name="backbone">Whose output is pooled.</param>
    /// <param name="pooling">How.</param>
    /// <param name="grid">Cells a side, laid end to end; must divide the map's side.</param>
    /// <param name="power">p of the generalised mean, at least 1.</param>
    /// <param name="layerNorm">Whether what learns gets the feature with mean 0 and variance 1.</param>
    /// <exception cref="RecipeException">The grid does not divide the map, or p is out of range.</exception>
    private protected PooledHead(
        string name, Backbone backbone, Pooling pooling, int grid, double power = FeaturePooling.PublishedPower, bool layerNorm = false)
        : base(name) => (_pooling, _layerNorm) = (new(backbone, pooling, grid, power), layerNorm);

    /// <inheritdoc/>
    public sealed override int FeatureDimension => _pooling.Dimension;

    /// <inheritdoc/>
    public sealed override string FeatureKind => _pooling.Kind;

    /// <inheritdoc/>
    public sealed override Tensor Pool(Tensor output) => _pooling.Pool(output);

    /// <summary>What learns gets this of a pooled feature. Without layer norm it is the feature itself.</summary>
    private protected Tensor Normed(Tensor feature) => _layerNorm ? F.layer_norm(feature, [FeatureDimension]) : feature;

    /// <summary>Pooling and layer norm in a graph.</summary>
    private protected string ExportNormed(OnnxGraph graph, string input)
    {
        var feature = _pooling.Export(graph, input);
        return _layerNorm ? graph.LayerNorm(feature, FeatureDimension) : feature;
    }
}
