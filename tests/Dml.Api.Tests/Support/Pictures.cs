using System.Buffers.Binary;
using Dml.Embedding;

namespace Dml.Api.Tests.Support;

/// <summary>Pictures made at test time.</summary>
internal static class Pictures
{
    /// <summary>Coloured blocks; the same seed gives the same picture.</summary>
    public static byte[] Blocks(int seed, PictureFormat format = PictureFormat.Png, int width = 48, int height = 48)
    {
        var random = new Random(seed);
        var palette = new byte[16 * 3];
        random.NextBytes(palette);
        var rgb = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var block = (y * 4 / height * 4) + (x * 4 / width);
                palette.AsSpan(block * 3, 3).CopyTo(rgb.AsSpan(((y * width) + x) * 3));
            }
        }

        using var image = VipsImage.FromRgb(rgb, width, height);
        return image.Encode(format);
    }

    /// <summary>A PNG whose header promises this size; no pixel follows.</summary>
    public static byte[] PngHeader(int width, int height)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = 2;
        return [0x89, .. "PNG\r\n\u001a\n"u8, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, [0x78, 0x9c])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] checkedPart = [.. type, .. data];
        var crc = uint.MaxValue;
        foreach (var value in checkedPart)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        var chunk = new byte[checkedPart.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        checkedPart.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), ~crc);
        return chunk;
    }
}
