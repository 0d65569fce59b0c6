using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>
/// Cuts the picture into patches and maps each to a token: [batch, 3, side, side] to [batch, patches, width], row by row.
/// </summary>
internal sealed class PatchEmbedding : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "proj")]
    private readonly Conv2d _proj;
    private readonly int _patch;

    internal PatchEmbedding(int patch, int width, bool bias, Initializer initializer) : base(nameof(PatchEmbedding))
    {
        _patch = patch;
        _proj = nn.Conv2d(3, width, patch, stride: patch, bias: bias);
        initializer.FanIn(_proj.weight!);
        if (_proj.bias is { } shift)
        {
            initializer.Uniform(shift, 1 / Math.Sqrt(3.0 * patch * patch));
        }

        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return _proj.call(input).flatten(2).transpose(1, 2).MoveToOuterDisposeScope();
    }

    internal string Export(OnnxGraph graph, string input)
    {
        var shift = _proj.bias?.ToFloats() ?? new float[_proj.weight!.shape[0]];
        var map = graph.Conv(input, _proj.weight!.ToFloats(), _proj.weight!.shape, shift, _patch, 0);
        return graph.Transpose(graph.Reshape(map, 0, _proj.weight!.shape[0], -1), 0, 2, 1);
    }
}
