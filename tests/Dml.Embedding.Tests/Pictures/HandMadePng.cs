using System.Buffers.Binary;
using System.IO.Compression;

namespace Dml.Embedding.Tests.Pictures;

/// <summary>PNG files written byte by byte, to say in the header what no encoder would.</summary>
internal static class HandMadePng
{
    /// <summary>A grey picture whose pixel data are this many zero bytes, whatever the header promises.</summary>
    internal static byte[] Zeros(int width, int height, bool interlaced, int bytes, byte depth = 8, params byte[][] between)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = depth;
        header[12] = interlaced ? (byte)1 : (byte)0;
        return
        [
            0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Chunk("IHDR"u8, header), .. between.SelectMany(chunk => chunk),
            .. Chunk("IDAT"u8, Packed(bytes)), .. Chunk("IEND"u8, []),
        ];
    }

    /// <summary>A chunk of compressed text that is this many zeros long.</summary>
    internal static byte[] Text(string type, int length) => type switch
    {
        "zTXt" => Chunk("zTXt"u8, [.. "k\0\0"u8, .. Packed(length)]),
        "iTXt" => Chunk("iTXt"u8, [.. "k\0\u0001\0\0\0"u8, .. Packed(length)]),
        _ => Chunk("tEXt"u8, [.. "k\0"u8, .. Enumerable.Repeat((byte)'A', length)]),
    };

    private static byte[] Packed(int zeros)
    {
        using MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(new byte[zeros]);
        }

        return packed.ToArray();
    }

    private static byte[] Chunk(ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        var chunk = new byte[content.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        name.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(content.Length + 8), Crc(chunk.AsSpan(4, content.Length + 4)));
        return chunk;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
            }
        }

        return ~crc;
    }
}
