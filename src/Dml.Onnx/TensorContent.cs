using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Dml.Onnx;

/// <summary>Reads and makes the constants of an ONNX file.</summary>
public static class TensorContent
{
    /// <summary>A constant of floats; no shape means a scalar.</summary>
    public static TensorProto OfFloats(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Of(name, TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A constant of 64-bit integers; no shape means a scalar.</summary>
    public static TensorProto OfLongs(string name, ReadOnlySpan<long> values, params ReadOnlySpan<long> shape) =>
        Of(name, TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A constant of bytes as they are in the file.</summary>
    public static TensorProto Of(string name, TensorProto.Types.DataType type, ReadOnlySpan<byte> data, params ReadOnlySpan<long> shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(data) };
        foreach (var side in shape)
        {
            tensor.Dims.Add(side);
        }

        return tensor;
    }

    /// <summary>[rows, columns] as [columns, rows].</summary>
    public static T[] Transposed<T>(T[] values, int rows)
    {
        var columns = values.Length / rows;
        var result = new T[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                result[(column * rows) + row] = values[(row * columns) + column];
            }
        }

        return result;
    }

    /// <summary>The values of a float32 constant, wherever the file keeps them; null for another type.</summary>
    public static float[]? Floats(this TensorProto tensor) =>
        tensor.DataType != (int)TensorProto.Types.DataType.Float ? null
        : tensor.HasRawData ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray()
        : [.. tensor.FloatData];

    /// <summary>The values of an int64 constant, wherever the file keeps them; null for another type.</summary>
    public static long[]? Longs(this TensorProto tensor) =>
        tensor.DataType != (int)TensorProto.Types.DataType.Int64 ? null
        : tensor.HasRawData ? MemoryMarshal.Cast<byte, long>(tensor.RawData.Span).ToArray()
        : [.. tensor.Int64Data];

    /// <summary>The values of an int8, uint8 or int32 constant, wherever the file keeps them; null for another type.</summary>
    public static int[]? SmallIntegers(this TensorProto tensor) => (TensorProto.Types.DataType)tensor.DataType switch
    {
        TensorProto.Types.DataType.Int8 when tensor.HasRawData => [.. tensor.RawData.Select(value => (sbyte)value)],
        TensorProto.Types.DataType.Uint8 when tensor.HasRawData => [.. tensor.RawData],
        TensorProto.Types.DataType.Int32 when tensor.HasRawData => MemoryMarshal.Cast<byte, int>(tensor.RawData.Span).ToArray(),
        TensorProto.Types.DataType.Int8 or TensorProto.Types.DataType.Uint8 or TensorProto.Types.DataType.Int32 => [.. tensor.Int32Data],
        _ => null,
    };

    /// <summary>Turns a constant of float16 or bfloat16 into float32; leaves every other one as it is.</summary>
    public static void ToSinglePrecision(this TensorProto tensor)
    {
        float[] values;
        switch ((TensorProto.Types.DataType)tensor.DataType)
        {
            case TensorProto.Types.DataType.Float16:
                values = [.. Halves(tensor).Select(bits => (float)BitConverter.UInt16BitsToHalf(bits))];
                break;
            case TensorProto.Types.DataType.Bfloat16:
                values = [.. Halves(tensor).Select(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16))];
                break;
            default:
                return;
        }

        tensor.DataType = (int)TensorProto.Types.DataType.Float;
        tensor.Int32Data.Clear();
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values));
    }

    // Half-width numbers are in the raw bytes, or each in the low half of an int32.
    private static ushort[] Halves(TensorProto tensor)
    {
        if (!tensor.HasRawData)
        {
            return [.. tensor.Int32Data.Select(value => (ushort)value)];
        }

        var bytes = tensor.RawData.Span;
        var values = new ushort[bytes.Length / sizeof(ushort)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(i * sizeof(ushort))..]);
        }

        return values;
    }
}
