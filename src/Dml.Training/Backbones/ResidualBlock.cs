using Dml.Training.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Backbones;

/// <summary>
/// ReLU(x + convolutions(x)). Basic: two 3x3 convolutions; bottleneck: 1x1, 3x3 and 1x1, the last four times as wide. The stride is that of
/// the first 3x3 convolution, as in torchvision. Where the shape changes, x goes through a 1x1 convolution of the same stride.
/// </summary>
internal sealed class ResidualBlock : nn.Module<Tensor, Tensor>
{
    private const int Expansion = 4;
    private readonly List<ConvUnit> _convolutions = [];
    private readonly ConvUnit? _shortcut;
    private readonly Initializer _initializer;

    internal ResidualBlock(int inputs, int width, bool bottleneck, int stride, Initializer initializer) : base(nameof(ResidualBlock))
    {
        _initializer = initializer;
        Outputs = OutputsOf(width, bottleneck);
        if (bottleneck)
        {
            AddConvolution(inputs, width, 1, 1);
            AddConvolution(width, width, 3, stride);
            AddConvolution(width, Outputs, 1, 1);
        }
        else
        {
            AddConvolution(inputs, width, 3, stride);
            AddConvolution(width, width, 3, 1);
        }

        if (stride != 1 || inputs != Outputs)
        {
            var (conv, norm) = Convolution(inputs, Outputs, 1, stride, initializer);
            register_module("downsample", nn.Sequential(("0", conv), ("1", norm)));
            _shortcut = new(conv, norm, ResNet.Epsilon, stride, 0);
        }
    }

    /// <summary>Channels of the result.</summary>
    internal int Outputs { get; }

    internal static int OutputsOf(int width, bool bottleneck) => bottleneck ? Expansion * width : width;

    /// <summary>A convolution without bias, as the paper starts it: normal, with a variance of 2 / (its outputs' fan-out).</summary>
    internal static (Conv2d Conv, BatchNorm2d Norm) Convolution(int inputs, int outputs, int kernel, int stride, Initializer initializer)
    {
        var conv = nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: kernel / 2, bias: false);
        initializer.Normal(conv.weight!, Math.Sqrt(2.0 / (outputs * kernel * kernel)));
        return (conv, nn.BatchNorm2d(outputs, ResNet.Epsilon));
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return F.relu(BeforeRelu(input), inplace: true).MoveToOuterDisposeScope();
    }

    internal Tensor BeforeRelu(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = _convolutions.SkipLast(1).Aggregate(input, (x, convolution) => convolution.Forward(x));
        return (_convolutions[^1].BeforeRelu(x) + (_shortcut?.BeforeRelu(input) ?? input)).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input)
    {
        var x = _convolutions.SkipLast(1).Aggregate(input, (x, convolution) => convolution.Export(graph, x));
        return graph.AddRelu(_convolutions[^1].ExportBeforeRelu(graph, x), _shortcut?.ExportBeforeRelu(graph, input) ?? input);
    }

    private void AddConvolution(int inputs, int outputs, int kernel, int stride)
    {
        var (conv, norm) = Convolution(inputs, outputs, kernel, stride, _initializer);
        var number = _convolutions.Count + 1;
        register_module($"conv{number}", conv);
        register_module($"bn{number}", norm);
        _convolutions.Add(new(conv, norm, ResNet.Epsilon, stride, kernel / 2));
    }
}
