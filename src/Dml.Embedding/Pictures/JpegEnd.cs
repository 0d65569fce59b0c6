using System.Buffers.Binary;

namespace Dml.Embedding;

/// <summary>
/// The end of JPEG files. A download or a camera that stopped a moment too early leaves a picture without its end marker, perhaps with
/// zeros where the rest of the file was to be; whether something of the picture itself is missing is known when it has been decoded.
/// </summary>
internal static class JpegEnd
{
    private const byte Scan = 0xDA;

    private static ReadOnlySpan<byte> Marker => [0xFF, 0xD9];

    /// <summary>
    /// Whether there is an end marker behind the first scan; what follows the marker does not matter. Within scans, 0xFF is followed by a
    /// zero or by a restart. An earlier marker belongs to a thumbnail.
    /// </summary>
    internal static bool IsClosed(ReadOnlySpan<byte> jpeg)
    {
        for (var at = 2; at + 4 <= jpeg.Length;)
        {
            var marker = jpeg[at + 1];
            if (jpeg[at] != 0xFF || marker is 0 or 0xFF)
            {
                at++;
            }
            else if (marker == Scan)
            {
                return jpeg[at..].IndexOf(Marker) >= 0;
            }
            else
            {
                // Markers without a length have no place here.
                at += 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
            }
        }

        return false;
    }

    /// <summary>
    /// The file without the zeros at its end, and with an end marker. The decoder takes no file that ends within its data.
    /// </summary>
    internal static ReadOnlySpan<byte> Close(ReadOnlySpan<byte> jpeg)
    {
        var written = jpeg.TrimEnd((byte)0);
        if (written.EndsWith(Marker))
        {
            return written;
        }

        // In the data of a picture, a zero follows 0xFF.
        if (written.Length < jpeg.Length && written[^1] == 0xFF)
        {
            written = jpeg[..(written.Length + 1)];
        }

        return (byte[])[.. written, .. Marker];
    }
}
