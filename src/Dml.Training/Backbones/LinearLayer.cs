using Dml.Training.Onnx;
using Dml.Training.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>Linear layers as transformers start them, and their ONNX form.</summary>
internal static class LinearLayer
{
    internal static Linear Create(int inputs, int outputs, Initializer initializer)
    {
        var layer = nn.Linear(inputs, outputs);
        initializer.TruncatedNormal(layer.weight!, 0.02, 2);
        layer.bias!.FromFloats(new float[outputs]);
        return layer;
    }

    /// <summary>Works on the last axis of any tensor.</summary>
    internal static string Export(this Linear layer, OnnxGraph graph, string input) =>
        graph.InnerLinear(input, layer.weight!.ToFloats(), layer.bias!.ToFloats());
}
