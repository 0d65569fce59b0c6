using System.Buffers.Binary;
using System.IO.Compression;

namespace Dml.Training.Data;

/// <summary>
/// An array in the IDX format of MNIST: two zero bytes, element type, number of dimensions, the dimensions and the elements, all
/// big-endian; gzip or plain.
/// </summary>
/// <param name="Dimensions">Lengths, outermost first.</param>
/// <param name="ElementBytes">1 or 2.</param>
/// <param name="Data">The elements.</param>
internal sealed record IdxFile(int[] Dimensions, int ElementBytes, ReadOnlyMemory<byte> Data)
{
    /// <exception cref="InvalidDataException">Not IDX, of another element type, or cut off.</exception>
    public static IdxFile Read(byte[] bytes)
    {
        var raw = bytes is [0x1F, 0x8B, ..] ? Unzip(bytes) : bytes;
        if (raw is not [0, 0, var type, var rank, ..] || rank is < 1 or > 4 || raw.Length < 4 + 4 * rank)
        {
            throw new InvalidDataException("it is not an IDX file.");
        }

        var elementBytes = type switch
        {
            0x08 => 1,
            0x0B => 2,
            _ => throw new InvalidDataException($"its elements are of type 0x{type:X2}; expected bytes (0x08) or shorts (0x0B)."),
        };
        int[] dimensions = [.. Enumerable.Range(0, rank).Select(d => BinaryPrimitives.ReadInt32BigEndian(raw.AsSpan(4 + 4 * d)))];
        var data = raw.AsMemory(4 + 4 * rank);
        var expected = dimensions.Aggregate((long)elementBytes, (product, length) => product * Math.Max(0, length));
        return data.Length == expected
            ? new(dimensions, elementBytes, data)
            : throw new InvalidDataException($"it says {expected} bytes of data ({string.Join(" × ", dimensions)}) and has {data.Length}.");
    }

    /// <summary>All elements as whole numbers.</summary>
    public int[] ToNumbers()
    {
        var numbers = new int[Data.Length / ElementBytes];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = ElementBytes == 1 ? Data.Span[i] : BinaryPrimitives.ReadInt16BigEndian(Data.Span[(2 * i)..]);
        }

        return numbers;
    }

    private static byte[] Unzip(byte[] bytes)
    {
        using var zipped = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        zipped.CopyTo(plain);
        return plain.ToArray();
    }
}
