namespace TorchSharp.Interop;

/// <summary>What a <see cref="Value"/> holds; the numbers are those of dml_torch.h.</summary>
internal enum ValueTag
{
    None = 0, Tensor = 1, Int = 2, Double = 3, Bool = 4, String = 5, IntList = 6,
    DoubleList = 7, BoolList = 8, TensorList = 9, Device = 10, Default = 11, Generator = 12,
}
