using System.Collections;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor in the order of its shape. Reading copies them, from any device and any strides.</summary>
public sealed class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly torch.Tensor _tensor;

    internal TensorAccessor(torch.Tensor tensor) => _tensor = tensor;

    public long Count => _tensor.NumberOfElements;

    /// <summary>One element; for many, copy them once with <see cref="ToArray"/>.</summary>
    public T this[params long[] indices]
    {
        get
        {
            using torch.Tensor element = Select(indices);
            return element.item<T>();
        }
        set
        {
            using torch.Tensor element = Select(indices);
            using torch.Tensor number = torch.FromSpan<T>([value], [], element.dtype);
            using (torch.no_grad()) element.copy_(number).Dispose();
        }
    }

    public T[] ToArray()
    {
        T[] values = new T[Count];
        _tensor.Read<T>(values);
        return values;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        if (tensorIndex == 0 && array.Length - arrayIndex == Count) _tensor.Read(array[arrayIndex..]);
        else ToArray().AsSpan((int)tensorIndex).CopyTo(array[arrayIndex..]);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        T[] values = ToArray();
        ReadOnlySpan<T> source = array[arrayIndex..];
        source[..(int)Math.Min(source.Length, Count - tensorIndex)].CopyTo(values.AsSpan((int)tensorIndex));
        using torch.Tensor copy = torch.FromSpan<T>(values, _tensor.shape, _tensor.dtype);
        using (torch.no_grad()) _tensor.copy_(copy).Dispose();
    }

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
    }

    private torch.Tensor Select(long[] indices)
    {
        if (indices.Length == 1 && _tensor.Dimensions == 0 && indices[0] == 0) return _tensor.alias();
        if (indices.Length != _tensor.Dimensions)
            throw new ArgumentException($"The tensor has {_tensor.Dimensions} dimensions, {indices.Length} indices were given.", nameof(indices));
        torch.Tensor element = _tensor.alias();
        foreach (long index in indices)
        {
            torch.Tensor outer = element;
            element = outer.select(0, index);
            outer.Dispose();
        }
        return element;
    }
}
