using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Heads;

/// <summary>
/// A linear map of an embedder's own vectors, scaled to length 1. It begins as the identity, so that training begins with the embedder's
/// own answers; what it learns is the difference from the identity, so that weight decay draws it back there.
/// </summary>
internal sealed class VectorHead : EmbeddingHead
{
    [ComponentName(Name = "change")]
    private readonly Parameter _change;

    /// <param name="dimension">Length of the embedder's vectors.</param>
    public VectorHead(int dimension) : base(nameof(VectorHead))
    {
        Dimension = dimension;
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
            var map = _change.ToFloats();
            for (var i = 0; i < Dimension; i++)
            {
                map[(i * Dimension) + i] += 1;
            }

            return map;
        }
    }

    public override Tensor Pool(Tensor output) => output.alias();

    public override Tensor Project(Tensor feature)
    {
        using var scope = NewDisposeScope();
        var vector = feature.to(float32);
        return (vector + vector.matmul(_change)).MoveToOuterDisposeScope();
    }

    internal override string Export(OnnxGraph graph, string input) =>
        graph.Normalize(graph.MatMul(input, graph.Floats(Map, Dimension, Dimension)));
}
