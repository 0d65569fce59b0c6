using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Backbones;

/// <summary>
/// Convolution, batch norm where there is one, ReLU: the unit of every GoogLeNet and ResNet. The modules belong to the network that
/// registered them.
/// </summary>
internal sealed class ConvUnit(Conv2d conv, BatchNorm2d? norm, double epsilon, int stride, int padding)
{
    internal Tensor Forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return F.relu(BeforeRelu(input), inplace: true).MoveToOuterDisposeScope();
    }

    internal Tensor BeforeRelu(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = conv.call(input);
        return (norm is null ? x : norm.call(x)).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input)
    {
        var (weight, bias) = Folded();
        return graph.ConvRelu(input, weight, conv.weight!.shape, bias, stride, padding);
    }

    internal string ExportBeforeRelu(OnnxGraph graph, string input)
    {
        var (weight, bias) = Folded();
        return graph.InnerConv(input, weight, conv.weight!.shape, bias, stride, padding);
    }

    private (float[] Weight, float[] Bias) Folded()
    {
        var weight = conv.weight!.ToFloats();
        var bias = conv.bias?.ToFloats() ?? new float[conv.weight!.shape[0]];
        if (norm is not null)
        {
            Fold(norm, weight, bias);
        }

        return (weight, bias);
    }

    // gamma (Wx + b - mean) / sqrt(var + eps) + beta is itself a convolution, so serving pays nothing for the norm.
    private void Fold(BatchNorm2d batchNorm, float[] weight, float[] bias)
    {
        var (gamma, beta) = (batchNorm.weight!.ToFloats(), batchNorm.bias!.ToFloats());
        var (mean, variance) = (batchNorm.running_mean!.ToFloats(), batchNorm.running_var!.ToFloats());
        var perOutput = weight.Length / bias.Length;
        for (var o = 0; o < bias.Length; o++)
        {
            var scale = gamma[o] / Math.Sqrt(variance[o] + epsilon);
            bias[o] = (float)(beta[o] + ((bias[o] - mean[o]) * scale));
            for (var i = 0; i < perOutput; i++)
            {
                weight[(o * perOutput) + i] = (float)(weight[(o * perOutput) + i] * scale);
            }
        }
    }
}
