using System.Buffers.Binary;

namespace Dml.Embedding;

/// <summary>
/// Takes the text out of PNG files. The decoder inflates every compressed text and keeps it: a file of 20 MB would become 20 GB of memory,
/// none of it pixels.
/// </summary>
internal static class PngText
{
    private const int Signature = 8;

    // Length, type and checksum.
    private const int Frame = 12;

    /// <summary>The file without its text chunks; the file itself if it has none.</summary>
    /// <param name="png">A PNG file, damaged perhaps: what follows a damaged chunk stays as it is.</param>
    internal static ReadOnlySpan<byte> Remove(ReadOnlySpan<byte> png)
    {
        byte[]? kept = null;
        var length = 0;
        for (var at = Signature; at < png.Length;)
        {
            var end = at + ChunkLength(png[at..]);
            if (IsText(png[at..end]))
            {
                if (kept is null)
                {
                    kept = new byte[png.Length];
                    png[..at].CopyTo(kept);
                    length = at;
                }
            }
            else if (kept is not null)
            {
                png[at..end].CopyTo(kept.AsSpan(length));
                length += end - at;
            }

            at = end;
        }

        return kept is null ? png : kept.AsSpan(0, length);
    }

    private static int ChunkLength(ReadOnlySpan<byte> rest)
    {
        var length = rest.Length < Frame ? uint.MaxValue : BinaryPrimitives.ReadUInt32BigEndian(rest);
        return length > (uint)rest.Length - Frame ? rest.Length : (int)length + Frame;
    }

    private static bool IsText(ReadOnlySpan<byte> chunk) =>
        chunk.Length >= Frame && chunk[4..8] is var type
        && (type.SequenceEqual("zTXt"u8) || type.SequenceEqual("iTXt"u8) || type.SequenceEqual("tEXt"u8));
}
