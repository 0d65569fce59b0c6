using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Backbones;

/// <summary>
/// A pre-norm block: x + attention(norm1(x)), then x + mlp(norm2(x)) with a hidden layer four times as wide. With layer scale (H. Touvron
/// et al., Going deeper with Image Transformers, ICCV 2021, arXiv 2103.17239) each of the two is multiplied by learned factors, one for
/// every channel, before it is added.
/// </summary>
internal sealed class TransformerBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "norm1")]
    private readonly LayerNorm _norm1;
    [ComponentName(Name = "norm2")]
    private readonly LayerNorm _norm2;
    [ComponentName(Name = "attn")]
    private readonly Attention _attn;
    [ComponentName(Name = "mlp")]
    private readonly Mlp _mlp;
    [ComponentName(Name = "ls1")]
    private readonly Scale? _ls1;
    [ComponentName(Name = "ls2")]
    private readonly Scale? _ls2;
    private readonly double _epsilon;

    internal TransformerBlock(VisionTransformer.Options options, double epsilon, Initializer initializer) : base(nameof(TransformerBlock))
    {
        _epsilon = epsilon;
        _norm1 = nn.LayerNorm(options.Width, epsilon);
        _attn = new(options.Width, options.Heads, initializer);
        _norm2 = nn.LayerNorm(options.Width, epsilon);
        _mlp = new(options.Width, options.QuickGelu, initializer);
        _ls1 = options.LayerScale ? new(options.Width) : null;
        _ls2 = options.LayerScale ? new(options.Width) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        // What autograd does not keep is freed when the block ends: a whole network's intermediates do not fit a small machine.
        using var scope = NewDisposeScope();
        var x = input + Scaled(_ls1, _attn.call(_norm1.call(input)));
        return (x + Scaled(_ls2, _mlp.call(_norm2.call(x)))).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input)
    {
        var attended = _attn.Export(graph, Norm(graph, _norm1, input));
        var x = graph.Add(input, _ls1?.Export(graph, attended) ?? attended);
        var processed = _mlp.Export(graph, Norm(graph, _norm2, x));
        return graph.Add(x, _ls2?.Export(graph, processed) ?? processed);
    }

    private static Tensor Scaled(Scale? scale, Tensor tensor) => scale?.call(tensor) ?? tensor;

    private string Norm(OnnxGraph graph, LayerNorm norm, string input) =>
        graph.LayerNorm(input, norm.weight!.ToFloats(), norm.bias!.ToFloats(), _epsilon);

    private sealed class Scale : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "gamma")]
        private readonly Parameter _gamma;

        internal Scale(int width) : base(nameof(Scale))
        {
            // As DINOv2 was trained; the paper takes less for deeper networks.
            _gamma = nn.Parameter(ones([width]));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => input * _gamma;

        internal string Export(OnnxGraph graph, string input) => graph.Mul(input, graph.Floats(_gamma.ToFloats(), _gamma.shape));
    }

    private sealed class Mlp : nn.Module<Tensor, Tensor>
    {
        // D. Hendrycks, K. Gimpel, Gaussian Error Linear Units, arXiv 1606.08415: x sigmoid(1.702 x) comes close to the exact (erf) GELU.
        private const float QuickGeluFactor = 1.702f;
        [ComponentName(Name = "fc1")]
        private readonly Linear _fc1;
        [ComponentName(Name = "fc2")]
        private readonly Linear _fc2;
        private readonly bool _quick;

        internal Mlp(int width, bool quickGelu, Initializer initializer) : base(nameof(Mlp))
        {
            _quick = quickGelu;
            _fc1 = LinearLayer.Create(width, 4 * width, initializer);
            _fc2 = LinearLayer.Create(4 * width, width, initializer);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var hidden = _fc1.call(input);
            return _fc2.call(_quick ? hidden * (hidden * QuickGeluFactor).sigmoid() : F.gelu(hidden)).MoveToOuterDisposeScope();
        }

        internal string Export(OnnxGraph graph, string input)
        {
            var hidden = _fc1.Export(graph, input);
            return _fc2.Export(
                graph,
                _quick ? graph.Mul(hidden, graph.Sigmoid(graph.Mul(hidden, graph.Floats([QuickGeluFactor])))) : graph.Gelu(hidden));
        }
    }
}
