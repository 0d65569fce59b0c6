using Dml.Training.Onnx;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>Multi-head self-attention: softmax(q k^T / sqrt(head dimension)) v, with q, k and v out of one linear layer.</summary>
internal sealed class Attention : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "qkv")]
    private readonly Linear _qkv;
    [ComponentName(Name = "proj")]
    private readonly Linear _proj;
    private readonly int _heads, _headDimension;

    internal Attention(int width, int heads, Initializer initializer) : base(nameof(Attention))
    {
        _heads = heads;
        _headDimension = width / heads;
        _qkv = LinearLayer.Create(width, 3 * width, initializer);
        _proj = LinearLayer.Create(width, width, initializer);
        RegisterComponents();
    }

    private double Scale => 1 / Math.Sqrt(_headDimension);

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (batch, count, width) = (input.shape[0], input.shape[1], input.shape[2]);
        var parts = _qkv.call(input).reshape(batch, count, 3, _heads, _headDimension).permute(2, 0, 3, 1, 4).unbind(0);
        return _proj.call(Attend(parts[0], parts[1], parts[2]).transpose(1, 2).reshape(batch, count, width)).MoveToOuterDisposeScope();
    }

    // The attention matrices are the largest tensors of the network; each is freed as soon as the next is there.
    private Tensor Attend(Tensor queries, Tensor keys, Tensor values)
    {
        using var scope = NewDisposeScope();
        Tensor weights;
        using (var logits = queries.mul(Scale).matmul(keys.transpose(-2, -1)))
        {
            weights = logits.softmax(-1);
        }

        return weights.matmul(values).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input)
    {
        var parts = graph.Transpose(graph.Reshape(_qkv.Export(graph, input), 0, -1, 3, _heads, _headDimension), 2, 0, 3, 1, 4);
        var (queries, keys, values) = (graph.Select(parts, 0, 0), graph.Select(parts, 0, 1), graph.Select(parts, 0, 2));
        var logits = graph.MatMul(graph.Mul(queries, graph.Floats([(float)Scale])), graph.Transpose(keys, 0, 1, 3, 2));
        var attended = graph.MatMul(graph.Softmax(logits), values);
        return _proj.Export(graph, graph.Reshape(graph.Transpose(attended, 0, 2, 1, 3), 0, -1, _heads * _headDimension));
    }
}
