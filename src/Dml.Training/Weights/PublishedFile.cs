using System.Buffers.Binary;
using Dml.Training.PyTorchFiles;

namespace Dml.Training.Weights;

/// <summary>An open file of named tensors: safetensors, or what PyTorch saved. Its beginning tells which.</summary>
internal sealed class PublishedFile : IDisposable
{
    private readonly PyTorchFile? _file;

    private PublishedFile(IEnumerable<PublishedTensor> tensors, PyTorchFile? file = null) => (Tensors, _file) = ([.. tensors], file);

    /// <summary>In no order.</summary>
    public IReadOnlyList<PublishedTensor> Tensors { get; }

    /// <exception cref="InvalidDataException">The file is damaged, or of another kind.</exception>
    public static PublishedFile Open(string path)
    {
        if (!PyTorchFile.Is(path))
        {
            return new(SafetensorsFile.Load(path).Tensors.Select(t => new PublishedTensor(t.Key, t.Value.Shape, () => t.Value)));
        }

        var file = PyTorchFile.Open(path);
        return new(file.Tensors.Select(t => new PublishedTensor(t.Key, t.Value.Shape, () => Converted(t.Value, file.Read(t.Value)))), file);
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private static SafetensorsTensor Converted(PickledTensor tensor, byte[] bytes) => tensor.Storage.Type switch
    {
        ElementType.Float => new(SafetensorsType.F32, tensor.Shape, bytes),
        ElementType.Half => new(SafetensorsType.F16, tensor.Shape, bytes),
        ElementType.BFloat16 => new(SafetensorsType.BF16, tensor.Shape, bytes),
        ElementType.Long => new(SafetensorsType.I64, tensor.Shape, bytes),
        ElementType.Byte or ElementType.Bool => new(SafetensorsType.U8, tensor.Shape, bytes),
        ElementType.Double => SafetensorsTensor.From(
            Elements(bytes, 8, part => (float)BinaryPrimitives.ReadDoubleLittleEndian(part)), tensor.Shape),
        ElementType.Int => SafetensorsTensor.From(
            Elements(bytes, 4, part => (long)BinaryPrimitives.ReadInt32LittleEndian(part)), tensor.Shape),
        ElementType.Short => SafetensorsTensor.From(
            Elements(bytes, 2, part => (long)BinaryPrimitives.ReadInt16LittleEndian(part)), tensor.Shape),
        _ => SafetensorsTensor.From(Elements(bytes, 1, part => (long)(sbyte)part[0]), tensor.Shape),
    };

    private static T[] Elements<T>(byte[] bytes, int size, Func<ReadOnlySpan<byte>, T> read)
    {
        var values = new T[bytes.Length / size];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = read(bytes.AsSpan(i * size, size));
        }

        return values;
    }
}
