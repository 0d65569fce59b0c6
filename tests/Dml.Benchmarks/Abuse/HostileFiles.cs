using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Dml.Embedding;
using Dml.Embedding.Tests.Pictures;

namespace Dml.Benchmarks.Abuse;

/// <summary>Files that cost their reader more than their sender.</summary>
internal static class HostileFiles
{
    private const int Block = 512;

    /// <summary>14 MB, of which a decoder that keeps the texts makes 14 GB.</summary>
    public static byte[] PngOfTexts() =>
        HandMadePng.Zeros(8, 8, interlaced: false, 9 * 8, 8, [.. Enumerable.Repeat(HandMadePng.Text("zTXt", 7_000_000), 2000)]);

    /// <summary>One pixel wide: a decoder works row by row.</summary>
    public static byte[] ThinPng(int height) => HandMadePng.Zeros(1, height, interlaced: false, 2 * height);

    /// <summary>Interlaced, 16 bits, as many pixels as are accepted without interlacing.</summary>
    public static byte[] InterlacedPng() => HandMadePng.Zeros(7000, 7000, interlaced: true, 7000 * 14_016, depth: 16);

    /// <summary>A whole picture of some 18 MB.</summary>
    public static byte[] LargeJpeg()
    {
        const int Width = 3000, Height = 2400;
        var rgb = new byte[Width * Height * 3];
        new Random(1).NextBytes(rgb);
        using var noise = VipsImage.FromRgb(rgb, Width, Height);
        return noise.Encode(PictureFormat.Jpeg, quality: 92);
    }

    /// <summary>The same JPEG with a comment that no other has, so that no cache knows it.</summary>
    public static byte[] WithNewComment(byte[] jpeg) => [.. jpeg[..2], 0xFF, 0xFE, 0, 18, .. Guid.NewGuid().ToByteArray(), .. jpeg[2..]];

    /// <summary>A compressed tar archive whose first entry states the name of the next one in as many bytes.</summary>
    public static byte[] TarWithLongName(char type, long bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(TarHeader(type == 'x' ? "PaxHeaders/x" : "././@LongLink", type, bytes));
            if (type == 'x')
            {
                gzip.Write(Encoding.ASCII.GetBytes($"{bytes} path="));
            }

            var part = new byte[1 << 20];
            part.AsSpan().Fill((byte)'a');
            for (var written = 0L; written < bytes; written += part.Length)
            {
                gzip.Write(part);
            }

            gzip.Write(TarHeader("a/x.png", '0', 0));
            gzip.Write(new byte[2 * Block]);
        }

        return packed.ToArray();
    }

    /// <summary>Writes a zip archive whose directory has many entries, all without contents.</summary>
    public static void WriteZipOfManyEntries(string path, int entries)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20);
        Span<byte> local = stackalloc byte[31];
        local.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(local, 0x04034B50);
        local[26] = 1;
        local[30] = (byte)'a';
        file.Write(local);
        Span<byte> entry = stackalloc byte[46 + 8];
        entry.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(entry, 0x02014B50);
        entry[28] = 8;
        for (var i = 0; i < entries; i++)
        {
            _ = i.TryFormat(entry[46..], out _, "d8");
            file.Write(entry);
        }

        Span<byte> end = stackalloc byte[56 + 20 + 22];
        end.Clear();
        var directory = (long)entries * entry.Length;
        BinaryPrimitives.WriteInt32LittleEndian(end, 0x06064B50);
        BinaryPrimitives.WriteInt64LittleEndian(end[4..], 44);
        BinaryPrimitives.WriteInt64LittleEndian(end[24..], entries);
        BinaryPrimitives.WriteInt64LittleEndian(end[32..], entries);
        BinaryPrimitives.WriteInt64LittleEndian(end[40..], directory);
        BinaryPrimitives.WriteInt64LittleEndian(end[48..], local.Length);
        BinaryPrimitives.WriteInt32LittleEndian(end[56..], 0x07064B50);
        BinaryPrimitives.WriteInt64LittleEndian(end[64..], local.Length + directory);
        BinaryPrimitives.WriteInt32LittleEndian(end[72..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(end[76..], 0x06054B50);
        end[84..96].Fill(0xFF);
        file.Write(end);
    }

    private static byte[] TarHeader(string name, char type, long size)
    {
        var header = new byte[Block];
        Encoding.ASCII.GetBytes(name).CopyTo(header, 0);
        "0000644\0"u8.CopyTo(header.AsSpan(100));
        Encoding.ASCII.GetBytes($"{Convert.ToString(size, 8).PadLeft(11, '0')}\0").CopyTo(header, 124);
        "00000000000\0"u8.CopyTo(header.AsSpan(136));
        "        "u8.CopyTo(header.AsSpan(148));
        header[156] = (byte)type;
        "ustar\000"u8[..6].CopyTo(header.AsSpan(257));
        Encoding.ASCII.GetBytes($"{Convert.ToString(header.Sum(value => value), 8).PadLeft(6, '0')}\0 ").CopyTo(header, 148);
        return header;
    }
}
