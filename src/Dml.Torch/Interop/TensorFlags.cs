namespace TorchSharp.Interop;

/// <summary>The flags of dml_tensor_info.</summary>
[Flags]
internal enum TensorFlags
{
    None = 0, RequiresGrad = 1, Leaf = 2, Contiguous = 4, ChannelsLast = 8, Sparse = 16,
}
