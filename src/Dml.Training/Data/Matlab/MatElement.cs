using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Dml.Training.Data.Matlab;

/// <summary>A tagged piece of a file.</summary>
/// <param name="Type">How to read the data.</param>
/// <param name="Data">The bytes.</param>
internal readonly record struct MatElement(MatType Type, ReadOnlyMemory<byte> Data)
{
    private const int TagBytes = 8;

    /// <summary>Takes the next element off the front, with the padding behind it.</summary>
    /// <exception cref="InvalidDataException">It ends before the element does.</exception>
    public static MatElement Take(ref ReadOnlyMemory<byte> rest)
    {
        if (rest.Length < TagBytes)
        {
            throw new InvalidDataException("it ends in the middle of a tag.");
        }

        var first = BinaryPrimitives.ReadInt32LittleEndian(rest.Span);
        // Up to four bytes are in the tag itself; its upper half is then their number.
        var isSmall = first >> 16 != 0;
        var type = (MatType)(first & 0xFFFF);
        var length = isSmall ? first >> 16 : BinaryPrimitives.ReadInt32LittleEndian(rest.Span[4..]);
        var start = isSmall ? 4 : TagBytes;
        if (length < 0 || (isSmall && length > 4) || length > rest.Length - start)
        {
            throw new InvalidDataException($"it ends before an element of {length} bytes does.");
        }

        var element = new MatElement(type, rest.Slice(start, length));
        // Everything starts at a multiple of eight, except what follows compressed data.
        var padded = isSmall ? TagBytes : start + (type == MatType.Compressed ? length : (length + 7) / 8 * 8);
        rest = rest[Math.Min(padded, rest.Length)..];
        return element;
    }

    /// <summary>The data as numbers.</summary>
    public double[] ToNumbers() => Type switch
    {
        MatType.Int8 => Numbers<sbyte>(),
        MatType.UInt8 or MatType.Utf8 => Numbers<byte>(),
        MatType.Int16 => Numbers<short>(),
        MatType.UInt16 or MatType.Utf16 => Numbers<ushort>(),
        MatType.Int32 => Numbers<int>(),
        MatType.UInt32 => Numbers<uint>(),
        MatType.Single => Numbers<float>(),
        MatType.Double => Numbers<double>(),
        MatType.Int64 => Numbers<long>(),
        MatType.UInt64 => Numbers<ulong>(),
        _ => throw new InvalidDataException($"an array has elements of type {(int)Type}, which is not read."),
    };

    /// <summary>The data as text.</summary>
    public string ToText() => Type == MatType.Utf8 ? Encoding.UTF8.GetString(Data.Span) : string.Concat(ToNumbers().Select(c => (char)c));

    private double[] Numbers<T>() where T : struct, INumberBase<T>
        => [.. MemoryMarshal.Cast<byte, T>(Data.Span).ToArray().Select(double.CreateChecked)];
}
