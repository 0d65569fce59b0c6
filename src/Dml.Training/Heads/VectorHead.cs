using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Heads;

/// <summary>
/// A linear map of an embedder's own vectors, scaled to length 1. It begins as the identity, the embedder's own answers, or where
/// <see cref="Begin"/> says; what it learns is the difference, so that weight decay draws it back there.
/// </summary>
internal sealed class VectorHead : EmbeddingHead
{
    [ComponentName(Name = "start")]
    private readonly Tensor _start;
    [ComponentName(Name = "change")]
    private readonly Parameter _change;

    /// <param name="dimension">Length of the embedder's vectors.</param>
    public VectorHead(int dimension) : base(nameof(VectorHead))
    {
        Dimension = dimension;
        _start = eye(dimension);
        _change = new Parameter(zeros(dimension, dimension));
        RegisterComponents();
    }

    public override int Dimension { get; }

    public override int FeatureDimension => Dimension;

    public override string FeatureKind => "vector";

    /// <summary>[dimension, dimension], row-major: a vector, as a row, is multiplied by it from the right.</summary>
    public float[] Map
    {
        get
        {
            using var map = _start + _change;
            return map.ToFloats();
        }
    }

    /// <summary>Begins elsewhere than at the identity.</summary>
    /// <param name="map">As <see cref="Map"/>.</param>
    public void Begin(float[] map) => _start.FromFloats(map);

    public override Tensor Pool(Tensor output) => output.alias();

    public override Tensor Project(Tensor feature)
    {
        using var scope = NewDisposeScope();
        var vector = feature.to(float32);
        return vector.matmul(_start + _change).MoveToOuterDisposeScope();
    }

    internal override string Export(OnnxGraph graph, string input) =>
        graph.Normalize(graph.MatMul(input, graph.Floats(Map, Dimension, Dimension)));
}
