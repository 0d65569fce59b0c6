using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>A tensor with the shape and the elements of a C# array of any rank.</summary>
    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, dtype: null, device);

    /// <inheritdoc cref="from_array(Array, Device?)"/>
    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false) => rawArray switch
    {
        _ when Holds<float>(rawArray) => FromArray<float>(rawArray, ScalarType.Float32, dtype, device, requires_grad),
        _ when Holds<double>(rawArray) => FromArray<double>(rawArray, ScalarType.Float64, dtype, device, requires_grad),
        _ when Holds<long>(rawArray) => FromArray<long>(rawArray, ScalarType.Int64, dtype, device, requires_grad),
        _ when Holds<int>(rawArray) => FromArray<int>(rawArray, ScalarType.Int32, dtype, device, requires_grad),
        _ when Holds<short>(rawArray) => FromArray<short>(rawArray, ScalarType.Int16, dtype, device, requires_grad),
        _ when Holds<byte>(rawArray) => FromArray<byte>(rawArray, ScalarType.Byte, dtype, device, requires_grad),
        _ when Holds<sbyte>(rawArray) => FromArray<sbyte>(rawArray, ScalarType.Int8, dtype, device, requires_grad),
        _ when Holds<bool>(rawArray) => FromArray<bool>(rawArray, ScalarType.Bool, dtype, device, requires_grad),
        _ => throw new ArgumentException($"A tensor cannot hold elements of {rawArray.GetType().GetElementType()}.", nameof(rawArray)),
    };

    /// <inheritdoc cref="from_array(Array, Device?)"/>
    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => from_array(data, dtype, device);

    /// <summary>Copies elements to a tensor on the CPU.</summary>
    internal static Tensor FromSpan<T>(ReadOnlySpan<T> elements, ReadOnlySpan<long> shape, ScalarType type) where T : unmanaged
    {
        nint handle;
        fixed (T* data = elements)
        fixed (long* sizes = shape)
            Native.Check(Native.dml_tensor_new(sizes, shape.Length, (int)type, data, (long)elements.Length * sizeof(T), out handle));
        return new Tensor(handle);
    }

    private static Tensor FromElements<T>(ReadOnlySpan<T> elements, ReadOnlySpan<long> shape, ScalarType type, ScalarType? dtype, Device? device, bool requires_grad) where T : unmanaged
    {
        Tensor made = FromSpan(elements, shape, type);
        if ((dtype is not null && dtype != type) || (device is not null && device.type != DeviceType.CPU))
        {
            using Tensor raw = made;
            made = raw.to(dtype ?? type, device ?? CPU);
        }
        return Made(made, requires_grad);
    }

    private static Tensor FromArray<T>(Array array, ScalarType type, ScalarType? dtype, Device? device, bool requires_grad) where T : unmanaged
    {
        long[] shape = new long[array.Rank];
        for (int i = 0; i < shape.Length; i++) shape[i] = array.GetLength(i);
        ReadOnlySpan<T> elements = array.Length == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length);
        return FromElements(elements, shape, type, dtype, device, requires_grad);
    }

    // The runtime lets an int[] pass as a uint[], so a plain type test would misread the signedness.
    private static bool Holds<T>(Array array) => array.GetType().GetElementType() == typeof(T);
}
