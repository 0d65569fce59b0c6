using TorchSharp;
using TorchSharp.Interop;

namespace Dml.Torch;

/// <summary>
/// PyTorch's <c>memory_format=torch.channels_last</c>: the shape stays [N, C, H, W], the memory holds N, H, W, C, which
/// makes convolutions faster. TorchSharp has no name for it, which is why it stands in Dml.Torch's own namespace.
/// </summary>
public static class ChannelsLast
{
    private const long MemoryFormat = 2;

    /// <summary>Whether the memory of a tensor of 4 dimensions is in channels-last order.</summary>
    public static bool Is(torch.Tensor tensor) => tensor.Has(TensorFlags.ChannelsLast);

    /// <summary>The tensor of 4 dimensions in channels-last memory; a copy unless it is so already.</summary>
    public static torch.Tensor Of(torch.Tensor tensor) => Aten.contiguous.Call(tensor, MemoryFormat);

    /// <summary>Rearranges the memory of every parameter of 4 dimensions; the parameters stay the same objects.</summary>
    public static void Convert(torch.nn.Module module)
    {
        using IDisposable noGrad = torch.no_grad();
        foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
        {
            if (parameter.Dimensions != 4) continue;
            using torch.Tensor rearranged = Of(parameter);
            Aten.set__source_Tensor.Run(parameter, rearranged);
        }
    }
}
