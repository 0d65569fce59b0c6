using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Torch;

/// <summary>Tensor values to and from managed arrays, row-major whatever the tensor's own layout.</summary>
internal static class TensorFloats
{
    internal static float[] ToFloats(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return tensor.detach().to(float32).cpu().contiguous().data<float>().ToArray();
    }

    internal static void FromFloats(this Tensor tensor, float[] values)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        tensor.copy_(torch.tensor(values, tensor.shape));
    }
}
