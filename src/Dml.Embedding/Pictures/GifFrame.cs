using System.Buffers.Binary;

namespace Dml.Embedding;

/// <summary>The part of a GIF's canvas that its first picture covers.</summary>
/// <param name="Left">Columns left of it.</param>
/// <param name="Top">Rows above it.</param>
/// <param name="Width">Its columns.</param>
/// <param name="Height">Its rows.</param>
internal readonly record struct GifFrame(int Left, int Top, int Width, int Height)
{
    private const int Screen = 13;

    /// <summary>Finds it; null if the file is damaged.</summary>
    internal static GifFrame? First(ReadOnlySpan<byte> gif)
    {
        if (gif.Length < Screen)
        {
            return null;
        }

        var at = Screen + Colours(gif[10]);
        while (at < gif.Length && gif[at] == '!')
        {
            // An extension: its kind, then parts that begin with their length, until one of zero.
            at += 2;
            while (at < gif.Length && gif[at] != 0)
            {
                at += gif[at] + 1;
            }

            at++;
        }

        return at + 9 <= gif.Length && gif[at] == ','
            ? new GifFrame(Number(gif, at + 1), Number(gif, at + 3), Number(gif, at + 5), Number(gif, at + 7))
            : null;
    }

    private static int Colours(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    private static int Number(ReadOnlySpan<byte> gif, int at) => BinaryPrimitives.ReadUInt16LittleEndian(gif[at..]);
}
