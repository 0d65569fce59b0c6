using Dml.Training.Backbones;
using Dml.Training.Catalogues;
using Dml.Training.Onnx;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Heads;

/// <summary>
/// Every position of the last feature map attends to every other before they are pooled: X + o(softmax(zeta Q K^T) V), mean + maximum over
/// the places, linear layer, unit vector. M. K. Ebrahimpour, G. Qian, A. Beach, "Multi-Head Deep Metric Learning Using Global and Local
/// Representations", WACV 2022, arXiv 2112.14327, by a public audit of its equations. This is the paper's global level; its local level
/// needs an earlier map, which the backbones do not provide. The widths of q, k, v and the start from the plain pooled feature are derived.
/// </summary>
public sealed class SecondOrderAttentionHead : EmbeddingHead
{
    private readonly FeaturePooling _pooling;
    private readonly double _zeta;
    private readonly int _channels;
    private readonly int _side;
    [ComponentName(Name = "query")]
    private readonly Linear _query;
    [ComponentName(Name = "key")]
    private readonly Linear _key;
    [ComponentName(Name = "value")]
    private readonly Linear _value;
    [ComponentName(Name = "output")]
    private readonly Linear _output;
    [ComponentName(Name = "linear")]
    private readonly Linear _linear;

    /// <summary>Builds the head: small queries and keys, an output of zero, so that it begins as pooling and a linear layer.</summary>
    /// <exception cref="RecipeException">An option out of its range.</exception>
    public SecondOrderAttentionHead(Backbone backbone, Options options, Initializer initializer) : base(nameof(SecondOrderAttentionHead))
    {
        if (
            options.Dimension is < 1 or > 4096
            || options.Reduction < 1
            || options.Reduction > backbone.OutputDimension
            || !double.IsFinite(options.Zeta))
        {
            throw new RecipeException(
                $"second-order-attention wants a dimension from 1 to 4096, a reduction from 1 to the backbone's "
                    + $"{backbone.OutputDimension} channels and a finite zeta, not {options.Dimension}, {options.Reduction} and "
                    + $"{options.Zeta}.");
        }

        _pooling = new(backbone, options.Pooling, grid: 1);
        (Dimension, _zeta, _channels, _side) = (
            options.Dimension, options.Zeta, backbone.OutputDimension, Math.Max(1, backbone.FeatureMapSide));
        var width = _channels / options.Reduction;
        _query = Xavier(_channels, width, 0.1);
        _key = Xavier(_channels, width, 0.1);
        _value = Xavier(_channels, width, 1);
        _output = Xavier(width, _channels, 0);
        _linear = Layer(_channels, Dimension, weight => initializer.Normal(weight, Math.Sqrt(2.0 / Dimension)));
        RegisterComponents();

        Linear Xavier(int from, int to, double gain) =>
            Layer(from, to, weight => initializer.Uniform(weight, gain * Math.Sqrt(6.0 / (from + to))));
    }

    /// <summary>What a recipe may change.</summary>
    public sealed record Options
    {
        /// <summary>Length of the embedding, 1..4096.</summary>
        public int Dimension { get; init; } = 512;

        /// <summary>Pooling after the attention; a transformer's token needs none.</summary>
        public Pooling Pooling { get; init; } = Pooling.AverageMax;

        /// <summary>Queries, keys and values have this many times fewer channels than the map.</summary>
        public int Reduction { get; init; } = 2;

        /// <summary>Factor of the products of queries and keys.</summary>
        public double Zeta { get; init; } = 1;
    }

    /// <inheritdoc/>
    public override int Dimension { get; }

    /// <inheritdoc/>
    // The whole map: the attention comes before the pooling, and what learns belongs to Project.
    public override int FeatureDimension => _channels * _side * _side;

    /// <inheritdoc/>
    public override string FeatureKind => "map";

    /// <inheritdoc/>
    public override Tensor Pool(Tensor output) => output.flatten(1);

    /// <inheritdoc/>
    public override Tensor Project(Tensor feature)
    {
        using var scope = NewDisposeScope();
        var places = feature.view(feature.shape[0], _channels, _side * _side).transpose(1, 2);
        var attended = Attended(places, _query.call(places), _key.call(places), _value.call(places), _zeta, _output.call);
        var map = attended.transpose(1, 2).reshape(feature.shape[0], _channels, _side, _side);
        var pooled = _pooling.Pool(map).reshape(feature.shape[0], _channels);
        return _linear.call(pooled).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>X + o(softmax(zeta Q K^T) V), places [batch, places, channels].</summary>
    internal static Tensor Attended(Tensor places, Tensor queries, Tensor keys, Tensor values, double zeta, Func<Tensor, Tensor> output)
    {
        using var scope = NewDisposeScope();
        return (places + output((queries.matmul(keys.transpose(1, 2)) * zeta).softmax(2).matmul(values))).MoveToOuterDisposeScope();
    }

    internal override string Export(OnnxGraph graph, string input)
    {
        var places = graph.Transpose(graph.Reshape(input, 0, _channels, _side * _side), 0, 2, 1);
        var products = graph.MatMul(Export(graph, _query, places), graph.Transpose(Export(graph, _key, places), 0, 2, 1));
        var attention = graph.Softmax(graph.Mul(products, graph.Floats([(float)_zeta])));
        var attended = graph.Add(places, Export(graph, _output, graph.MatMul(attention, Export(graph, _value, places))));
        var map = graph.Reshape(graph.Transpose(attended, 0, 2, 1), 0, _channels, _side, _side);
        return graph.Normalize(Export(graph, _linear, graph.Reshape(_pooling.Export(graph, map), 0, _channels)));
    }
}
