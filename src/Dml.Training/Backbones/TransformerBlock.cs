using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Backbones;

/// <summary>
/// A pre-norm block: x + attention(norm1(x)), then x + mlp(norm2(x)) with the exact (erf) GELU and a hidden layer four times as wide.
/// </summary>
internal sealed class TransformerBlock : nn.Module<Tensor, Tensor>
{
    internal const double Epsilon = 1e-6;
    [ComponentName(Name = "norm1")]
    private readonly LayerNorm _norm1;
    [ComponentName(Name = "norm2")]
    private readonly LayerNorm _norm2;
    [ComponentName(Name = "attn")]
    private readonly Attention _attn;
    [ComponentName(Name = "mlp")]
    private readonly Mlp _mlp;

    internal TransformerBlock(int width, int heads, Initializer initializer) : base(nameof(TransformerBlock))
    {
        _norm1 = nn.LayerNorm(width, Epsilon);
        _attn = new(width, heads, initializer);
        _norm2 = nn.LayerNorm(width, Epsilon);
        _mlp = new(width, initializer);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        // What autograd does not keep is freed when the block ends: a whole network's intermediates do not fit a small machine.
        using var scope = NewDisposeScope();
        var x = input + _attn.call(_norm1.call(input));
        return (x + _mlp.call(_norm2.call(x))).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input)
    {
        var x = graph.Add(input, _attn.Export(graph, Norm(graph, _norm1, input)));
        return graph.Add(x, _mlp.Export(graph, Norm(graph, _norm2, x)));
    }

    private static string Norm(OnnxGraph graph, LayerNorm norm, string input) =>
        graph.LayerNorm(input, norm.weight!.ToFloats(), norm.bias!.ToFloats(), Epsilon);

    private sealed class Mlp : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "fc1")]
        private readonly Linear _fc1;
        [ComponentName(Name = "fc2")]
        private readonly Linear _fc2;

        internal Mlp(int width, Initializer initializer) : base(nameof(Mlp))
        {
            _fc1 = LinearLayer.Create(width, 4 * width, initializer);
            _fc2 = LinearLayer.Create(4 * width, width, initializer);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return _fc2.call(F.gelu(_fc1.call(input))).MoveToOuterDisposeScope();
        }

        internal string Export(OnnxGraph graph, string input) =>
            _fc2.Export(graph, graph.Gelu(_fc1.Export(graph, input)));
    }
}
