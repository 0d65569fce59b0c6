using Dml.Training.Export;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Backbones;

/// <summary>Convolution without bias, batch norm (eps 1e-3), ReLU: the unit that torchvision's GoogLeNet is made of.</summary>
internal sealed class BasicConv : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-3;
    private readonly Conv2d conv;
    private readonly BatchNorm2d bn;
    private readonly int stride;
    private readonly int padding;

    internal BasicConv(int inputs, int outputs, int kernel, Action<Tensor> initialize, int stride = 1, int padding = 0) : base(nameof(BasicConv))
    {
        this.stride = stride;
        this.padding = padding;
        conv = nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: padding, bias: false);
        bn = nn.BatchNorm2d(outputs, Epsilon);
        initialize(conv.weight!);
        RegisterComponents();
    }

    internal void FreezeBatchNorm() => bn.eval();

    internal IEnumerable<Parameter> BatchNormParameters => bn.parameters();

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return F.relu(bn.call(conv.call(input)), inplace: true).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input)
    {
        var (weight, bias) = FoldBatchNorm();
        return graph.Relu(graph.Conv(input, weight, conv.weight!.shape, bias, stride, padding));
    }

    // y = gamma (Wx - mean) / sqrt(var + eps) + beta is itself a convolution, so serving pays nothing for the norm.
    private (float[] Weight, float[] Bias) FoldBatchNorm()
    {
        var weight = conv.weight!.ToFloats();
        var (gamma, beta) = (bn.weight!.ToFloats(), bn.bias!.ToFloats());
        var (mean, variance) = (bn.running_mean!.ToFloats(), bn.running_var!.ToFloats());
        var perOutput = weight.Length / gamma.Length;
        var bias = new float[gamma.Length];
        for (var o = 0; o < gamma.Length; o++)
        {
            var scale = gamma[o] / Math.Sqrt(variance[o] + Epsilon);
            bias[o] = (float)(beta[o] - (mean[o] * scale));
            for (var i = 0; i < perOutput; i++)
            {
                weight[(o * perOutput) + i] = (float)(weight[(o * perOutput) + i] * scale);
            }
        }

        return (weight, bias);
    }
}
