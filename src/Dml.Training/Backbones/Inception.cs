using Dml.Training.Export;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>Four parallel branches, concatenated: 1x1; 1x1 then 3x3; 1x1 then 3x3; max pool then 1x1.</summary>
/// <remarks>The third branch is 3x3 where the paper has 5x5: torchvision's known deviation, which its weights need.</remarks>
internal sealed class Inception : nn.Module<Tensor, Tensor>
{
    private readonly BasicConv branch1;
    private readonly ModuleList<BasicConv> branch2;
    private readonly ModuleList<BasicConv> branch3;
    private readonly ModuleList<nn.Module<Tensor, Tensor>> branch4;

    internal Inception(int inputs, int c1, int r3, int c3, int r5, int c5, int pool, Action<Tensor> initialize) : base(nameof(Inception))
    {
        branch1 = new(inputs, c1, 1, initialize);
        branch2 = nn.ModuleList(new BasicConv(inputs, r3, 1, initialize), new BasicConv(r3, c3, 3, initialize, padding: 1));
        branch3 = nn.ModuleList(new BasicConv(inputs, r5, 1, initialize), new BasicConv(r5, c5, 3, initialize, padding: 1));
        branch4 = nn.ModuleList<nn.Module<Tensor, Tensor>>(nn.MaxPool2d(3, 1, 1, ceil_mode: true), new BasicConv(inputs, pool, 1, initialize));
        RegisterComponents();
    }

    private BasicConv Projection => (BasicConv)branch4[1];

    public override Tensor forward(Tensor input) => Branches(input, (last, x) => last.call(x));

    internal Tensor BeforeRelu(Tensor input) => Branches(input, (last, x) => last.BeforeRelu(x));

    private Tensor Branches(Tensor input, Func<BasicConv, Tensor, Tensor> end)
    {
        using var scope = NewDisposeScope();
        return cat(
            [
                end(branch1, input),
                end(branch2[1], branch2[0].call(input)),
                end(branch3[1], branch3[0].call(input)),
                end(Projection, branch4[0].call(input)),
            ],
            1).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input) => graph.ConcatChannels(
        branch1.Export(graph, input),
        branch2[1].Export(graph, branch2[0].Export(graph, input)),
        branch3[1].Export(graph, branch3[0].Export(graph, input)),
        Projection.Export(graph, graph.MaxPool(input, 3, 1, 1)));
}
