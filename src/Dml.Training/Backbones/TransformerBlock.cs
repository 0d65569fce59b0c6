using Dml.Training.Export;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Backbones;

/// <summary>A pre-norm block: x + attention(norm1(x)), then x + mlp(norm2(x)) with the exact (erf) GELU and a hidden layer four times as wide.</summary>
internal sealed class TransformerBlock : nn.Module<Tensor, Tensor>
{
    internal const double Epsilon = 1e-6;
    private readonly LayerNorm norm1, norm2;
    private readonly Attention attn;
    private readonly Mlp mlp;

    internal TransformerBlock(int width, int heads, Initializer initializer) : base(nameof(TransformerBlock))
    {
        norm1 = nn.LayerNorm(width, Epsilon);
        attn = new(width, heads, initializer);
        norm2 = nn.LayerNorm(width, Epsilon);
        mlp = new(width, initializer);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        // What autograd does not keep is freed when the block ends: a whole network's intermediates do not fit a small machine.
        using var scope = NewDisposeScope();
        var x = input + attn.call(norm1.call(input));
        return (x + mlp.call(norm2.call(x))).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input)
    {
        var x = graph.Add(input, attn.Export(graph, Norm(graph, norm1, input)));
        return graph.Add(x, mlp.Export(graph, Norm(graph, norm2, x)));
    }

    private static string Norm(OnnxGraph graph, LayerNorm norm, string input) =>
        graph.LayerNorm(input, norm.weight!.ToFloats(), norm.bias!.ToFloats(), Epsilon);

    private sealed class Mlp : nn.Module<Tensor, Tensor>
    {
        private readonly Linear fc1, fc2;

        internal Mlp(int width, Initializer initializer) : base(nameof(Mlp))
        {
            fc1 = LinearLayer.Create(width, 4 * width, initializer);
            fc2 = LinearLayer.Create(4 * width, width, initializer);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return fc2.call(F.gelu(fc1.call(input))).MoveToOuterDisposeScope();
        }

        internal string Export(OnnxGraph graph, string input) =>
            fc2.Export(graph, graph.Gelu(fc1.Export(graph, input)));
    }
}
