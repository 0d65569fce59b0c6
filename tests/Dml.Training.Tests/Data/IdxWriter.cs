using System.Buffers.Binary;
using System.IO.Compression;

namespace Dml.Training.Tests.Data;

/// <summary>Arrays in MNIST's format.</summary>
internal static class IdxWriter
{
    public static byte[] Bytes(byte type, int[] dimensions, byte[] data)
    {
        var header = new byte[4 + 4 * dimensions.Length];
        (header[2], header[3]) = (type, (byte)dimensions.Length);
        for (var d = 0; d < dimensions.Length; d++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * d), dimensions[d]);
        }

        return [.. header, .. data];
    }

    public static byte[] Zip(byte[] bytes)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return zipped.ToArray();
    }
}
