using Dml.Training.Export;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>Convolution without bias, batch norm (eps 1e-3), ReLU: the unit that torchvision's GoogLeNet is made of.</summary>
internal sealed class BasicConv : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-3;
    private readonly Conv2d conv;
    private readonly BatchNorm2d bn;
    private readonly ConvUnit unit;

    internal BasicConv(int inputs, int outputs, int kernel, Action<Tensor> initialize, int stride = 1, int padding = 0) : base(nameof(BasicConv))
    {
        conv = nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: padding, bias: false);
        bn = nn.BatchNorm2d(outputs, Epsilon);
        unit = new(conv, bn, Epsilon, stride, padding);
        initialize(conv.weight!);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => unit.Forward(input);

    internal Tensor BeforeRelu(Tensor input) => unit.BeforeRelu(input);

    internal string Export(OnnxGraph graph, string input) => unit.Export(graph, input);
}
