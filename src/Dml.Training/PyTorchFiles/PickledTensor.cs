namespace Dml.Training.PyTorchFiles;

/// <summary>A view of a storage.</summary>
/// <param name="Storage">What it is a view of.</param>
/// <param name="Offset">Number of its first element there.</param>
/// <param name="Shape">Sizes; none for a scalar.</param>
/// <param name="Strides">Elements from one index to the next, for every dimension.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>More than any network's weights have.</summary>
    public const int MostDimensions = 8;

    /// <exception cref="FormatException">It reaches outside its storage, or repeats elements.</exception>
    public static PickledTensor Of(PickledStorage storage, long offset, long[] shape, long[] strides)
    {
        if (shape.Length != strides.Length || offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0))
        {
            throw new FormatException(
                $"a tensor has offset {offset}, shape [{string.Join(", ", shape)}] and strides [{string.Join(", ", strides)}]");
        }

        Int128 count = 1, last = offset;
        for (var i = 0; i < shape.Length && count > 0; i++)
        {
            count *= shape[i];
            last += (Int128)Math.Max(0, shape[i] - 1) * strides[i];
            if (count > storage.Count || last > long.MaxValue)
            {
                break;
            }
        }

        // A view with more elements than its storage repeats some of them; published weights have none, and a small file could claim any
        // amount of memory by it.
        if (count > storage.Count || (count > 0 && last >= storage.Count))
        {
            throw new FormatException(
                $"a tensor of shape [{string.Join(", ", shape)}] with strides [{string.Join(", ", strides)}] from element {offset} on "
                    + $"needs more than the {storage.Count} elements of its storage");
        }

        return new(storage, offset, shape, strides);
    }

    /// <summary>How many elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The elements in row-major order, as they are in the file.</summary>
    /// <exception cref="InvalidDataException">The storage is damaged, or too large for an array.</exception>
    public byte[] Read(StorageBytes file)
    {
        if (Count == 0)
        {
            return [];
        }

        var size = Storage.ElementSize;
        var span = Shape.Zip(Strides, (length, stride) => (length - 1) * stride).Sum() + 1;
        var bytes = file.Read(Storage, Offset * size, span * size);
        if (IsContiguous)
        {
            return bytes;
        }

        var result = new byte[Count * size];
        var index = new long[Shape.Length];
        for (var target = 0L; target < result.Length; target += size)
        {
            var source = index.Zip(Strides, (i, stride) => i * stride).Sum() * size;
            Array.Copy(bytes, source, result, target, size);
            Advance(index);
        }

        return result;
    }

    private bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected)
                {
                    return false;
                }

                expected *= Shape[i];
            }

            return true;
        }
    }

    private void Advance(long[] index)
    {
        for (var i = index.Length - 1; i >= 0 && ++index[i] == Shape[i]; i--)
        {
            index[i] = 0;
        }
    }
}
