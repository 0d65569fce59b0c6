using Dml.Training.Onnx;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>Four parallel branches, concatenated: 1x1; 1x1 then 3x3; 1x1 then 3x3; max pool then 1x1.</summary>
/// <remarks>The third branch is 3x3 where the paper has 5x5: torchvision's known deviation, which its weights need.</remarks>
internal sealed class Inception : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "branch1")]
    private readonly BasicConv _branch1;
    [ComponentName(Name = "branch2")]
    private readonly ModuleList<BasicConv> _branch2;
    [ComponentName(Name = "branch3")]
    private readonly ModuleList<BasicConv> _branch3;
    [ComponentName(Name = "branch4")]
    private readonly ModuleList<nn.Module<Tensor, Tensor>> _branch4;

    internal Inception(int inputs, int c1, int r3, int c3, int r5, int c5, int pool, Action<Tensor> initialize) : base(nameof(Inception))
    {
        _branch1 = new(inputs, c1, 1, initialize);
        _branch2 = nn.ModuleList(new BasicConv(inputs, r3, 1, initialize), new BasicConv(r3, c3, 3, initialize, padding: 1));
        _branch3 = nn.ModuleList(new BasicConv(inputs, r5, 1, initialize), new BasicConv(r5, c5, 3, initialize, padding: 1));
        _branch4 = nn.ModuleList<nn.Module<Tensor, Tensor>>(
            nn.MaxPool2d(3, 1, 1, ceil_mode: true), new BasicConv(inputs, pool, 1, initialize));
        RegisterComponents();
    }

    private BasicConv Projection => (BasicConv)_branch4[1];

    public override Tensor forward(Tensor input) => Branches(input, (last, x) => last.call(x));

    internal Tensor BeforeRelu(Tensor input) => Branches(input, (last, x) => last.BeforeRelu(x));

    private Tensor Branches(Tensor input, Func<BasicConv, Tensor, Tensor> end)
    {
        using var scope = NewDisposeScope();
        return cat(
            [
                end(_branch1, input),
                end(_branch2[1], _branch2[0].call(input)),
                end(_branch3[1], _branch3[0].call(input)),
                end(Projection, _branch4[0].call(input)),
            ],
            1).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input) => graph.ConcatChannels(
        _branch1.Export(graph, input),
        _branch2[1].Export(graph, _branch2[0].Export(graph, input)),
        _branch3[1].Export(graph, _branch3[0].Export(graph, input)),
        Projection.Export(graph, graph.MaxPool(input, 3, 1, 1)));
}
