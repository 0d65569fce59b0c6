using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Dml.Training.Weights;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes, row-major; empty for a scalar.</param>
/// <param name="Data">Little-endian bytes, exactly as many as type and shape ask for.</param>
public sealed record SafetensorsTensor(SafetensorsType Type, long[] Shape, byte[] Data)
{
    /// <summary>A 32-bit float tensor.</summary>
    public static SafetensorsTensor From(float[] values, params long[] shape) =>
        new(SafetensorsType.F32, shape, MemoryMarshal.AsBytes<float>(values).ToArray());

    /// <summary>A 64-bit integer tensor.</summary>
    public static SafetensorsTensor From(long[] values, params long[] shape) =>
        new(SafetensorsType.I64, shape, MemoryMarshal.AsBytes<long>(values).ToArray());

    /// <summary>A tensor of bytes.</summary>
    public static SafetensorsTensor From(byte[] values, params long[] shape) => new(SafetensorsType.U8, shape, values);

    /// <summary>The values as 32-bit floats, whatever the type.</summary>
    public float[] ToFloats()
    {
        var values = new float[Data.Length / SizeOf(Type)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Type switch
            {
                SafetensorsType.F32 => BinaryPrimitives.ReadSingleLittleEndian(Data.AsSpan(4 * i)),
                SafetensorsType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(Data.AsSpan(2 * i)),
                SafetensorsType.BF16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(Data.AsSpan(2 * i)) << 16),
                SafetensorsType.U8 => Data[i],
                _ => BinaryPrimitives.ReadInt64LittleEndian(Data.AsSpan(8 * i)),
            };
        }

        return values;
    }

    /// <summary>The values of an <see cref="SafetensorsType.I64"/> tensor.</summary>
    /// <exception cref="InvalidOperationException">Another type.</exception>
    public long[] ToLongs() => Type == SafetensorsType.I64
        ? MemoryMarshal.Cast<byte, long>(Data).ToArray()
        : throw new InvalidOperationException($"Only I64 tensors hold whole numbers; this one is {Type}.");

    internal static int SizeOf(SafetensorsType type) => type switch
    {
        SafetensorsType.F32 => 4,
        SafetensorsType.I64 => 8,
        SafetensorsType.U8 => 1,
        _ => 2,
    };
}
