namespace Dml.Training.Weights;

/// <summary>A tensor of a published file.</summary>
/// <param name="Source">Its name in the file.</param>
/// <param name="Shape">Sizes, row-major.</param>
/// <param name="Read">Reads its values, which may take as long as its part of the file.</param>
internal sealed record PublishedTensor(string Source, long[] Shape, Func<SafetensorsTensor> Read)
{
    /// <summary>The same values in another shape.</summary>
    internal PublishedTensor Reshaped(params long[] shape) => this with { Shape = shape, Read = () => Read() with { Shape = shape } };

    /// <summary>[rows, columns] as [columns, rows].</summary>
    internal PublishedTensor Transposed() => this with { Shape = [Shape[1], Shape[0]], Read = () => Transpose(Read()) };

    /// <summary>Tensors one below the other.</summary>
    internal static PublishedTensor Stacked(params IReadOnlyList<PublishedTensor> parts)
    {
        long[] shape = [parts.Sum(part => part.Shape[0]), .. parts[0].Shape[1..]];
        return parts[0] with { Shape = shape, Read = () => SafetensorsTensor.From([.. parts.SelectMany(p => p.Read().ToFloats())], shape) };
    }

    private static SafetensorsTensor Transpose(SafetensorsTensor tensor) => SafetensorsTensor.From(
        Dml.Onnx.TensorContent.Transposed(tensor.ToFloats(), (int)tensor.Shape[0]), tensor.Shape[1], tensor.Shape[0]);
}
