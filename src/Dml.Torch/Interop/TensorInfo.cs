using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>dml_tensor_info of dml_torch.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TensorInfo
{
    public long NumberOfElements, Device, StorageOffset;
    public int Dimensions, DType, ElementSize;
    public TensorFlags Flags;
}
