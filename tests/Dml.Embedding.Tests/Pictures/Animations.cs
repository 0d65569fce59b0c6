using System.Buffers.Binary;
using System.Text;
using NetVips;

namespace Dml.Embedding.Tests.Pictures;

/// <summary>Animations of 64 x 64 pixels whose frames have one colour each, written by hand.</summary>
internal static class Animations
{
    internal static byte[] Gif(params Colour[] frames)
    {
        List<byte> file = [.. "GIF89a"u8, 64, 0, 64, 0, 0xF1, 0, 0];
        for (var i = 0; i < 4; i++)
        {
            var colour = i < frames.Length ? frames[i] : Colour.White;
            file.AddRange([colour.Red, colour.Green, colour.Blue]);
        }

        for (var frame = 0; frame < frames.Length; frame++)
        {
            file.AddRange([0x21, 0xF9, 4, 0, 10, 0, 0, 0]);
            file.AddRange([0x2C, 0, 0, 0, 0, 64, 0, 64, 0, 0, 2]);
            var codes = LzwOfOneColour(frame);
            foreach (var block in codes.Chunk(255))
            {
                file.Add((byte)block.Length);
                file.AddRange(block);
            }

            file.Add(0);
        }

        file.Add(0x3B);
        return [.. file];
    }

    internal static byte[] WebP(params Colour[] frames)
    {
        List<byte> body = [.. "WEBP"u8];
        AddChunk(body, "VP8X", [0x02, 0, 0, 0, 63, 0, 0, 63, 0, 0]);
        AddChunk(body, "ANIM", [255, 255, 255, 255, 0, 0]);
        foreach (var colour in frames)
        {
            var rgb = new byte[64 * 64 * 3];
            for (var i = 0; i < 64 * 64; i++)
            {
                colour.CopyTo(rgb.AsSpan(3 * i));
            }

            using var image = VipsImage.FromRgb(rgb, 64, 64);
            var still = image.Image.WebpsaveBuffer(lossless: true, keep: Enums.ForeignKeep.None);
            AddChunk(body, "ANMF", [0, 0, 0, 0, 0, 0, 63, 0, 0, 63, 0, 0, 100, 0, 0, 0, .. still.AsSpan(12)]);
        }

        var size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, body.Count);
        return [.. "RIFF"u8, .. size, .. body];
    }

    // A clear code before every two pixels keeps all codes three bits wide.
    private static byte[] LzwOfOneColour(int index)
    {
        List<byte> bytes = [];
        var buffer = 0;
        var bits = 0;
        void Add(int code)
        {
            buffer |= code << bits;
            for (bits += 3; bits >= 8; bits -= 8)
            {
                bytes.Add((byte)buffer);
                buffer >>= 8;
            }
        }

        for (var pixel = 0; pixel < 64 * 64; pixel += 2)
        {
            Add(4);
            Add(index);
            Add(index);
        }

        Add(5);
        bytes.Add((byte)buffer);
        return [.. bytes];
    }

    private static void AddChunk(List<byte> body, string name, byte[] content)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, content.Length);
        body.AddRange([.. Encoding.ASCII.GetBytes(name), .. size, .. content]);
        if (content.Length % 2 == 1)
        {
            body.Add(0);
        }
    }
}
