using Dml.Training.Onnx;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>Convolution without bias, batch norm (eps 1e-3), ReLU: the unit that torchvision's GoogLeNet is made of.</summary>
internal sealed class BasicConv : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-3;
    [ComponentName(Name = "conv")]
    private readonly Conv2d _conv;
    [ComponentName(Name = "bn")]
    private readonly BatchNorm2d _bn;
    private readonly ConvUnit _unit;

    internal BasicConv(int inputs, int outputs, int kernel, Action<Tensor> initialize, int stride = 1, int padding = 0)
        : base(nameof(BasicConv))
    {
        _conv = nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: padding, bias: false);
        _bn = nn.BatchNorm2d(outputs, Epsilon);
        _unit = new(_conv, _bn, Epsilon, stride, padding);
        initialize(_conv.weight!);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => _unit.Forward(input);

    internal Tensor BeforeRelu(Tensor input) => _unit.BeforeRelu(input);

    internal string Export(OnnxGraph graph, string input) => _unit.Export(graph, input);
}
