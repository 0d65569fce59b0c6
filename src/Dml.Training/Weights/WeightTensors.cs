using Dml.Training.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Weights;

/// <summary>Torch tensors to and from safetensors.</summary>
internal static class WeightTensors
{
    internal static SafetensorsTensor ToSafetensors(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return tensor.dtype == ScalarType.Int64
            ? SafetensorsTensor.From(tensor.detach().cpu().contiguous().data<long>().ToArray(), tensor.shape)
            : SafetensorsTensor.From(tensor.ToFloats(), tensor.shape);
    }

    /// <summary>Copies into a tensor of the same shape.</summary>
    internal static void CopyTo(this SafetensorsTensor source, Tensor target)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        target.copy_(source.Type == SafetensorsType.I64
            ? torch.tensor(source.ToLongs(), source.Shape)
            : torch.tensor(source.ToFloats(), source.Shape));
    }
}
