using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Dml.Embedding;

/// <summary>Recognises the format of a file by its first bytes, so that only the loader for this format ever reads it.</summary>
internal static class PictureSignature
{
    private const int MostBrandBytes = 256;

    private static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];

    private static ReadOnlySpan<byte> Png => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    internal static bool TryRecognise(
        ReadOnlySpan<byte> bytes, out PictureFormat format, [NotNullWhen(false)] out PictureError? error)
    {
        error = null;
        format = default;
        if (bytes.StartsWith(Jpeg))
        {
            format = PictureFormat.Jpeg;
        }
        else if (bytes.StartsWith(Png))
        {
            format = PictureFormat.Png;
        }
        else if (bytes.StartsWith("RIFF"u8) && bytes.Length >= 12 && bytes[8..].StartsWith("WEBP"u8))
        {
            format = PictureFormat.WebP;
        }
        else if (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8))
        {
            format = PictureFormat.Gif;
        }
        else if (PictureFormats.AcceptsMore && IsTiff(bytes))
        {
            format = PictureFormat.Tiff;
        }
        else if (PictureFormats.AcceptsMore && HasBrand(bytes, "avif"u8, "avis"u8))
        {
            format = PictureFormat.Avif;
        }
        else
        {
            error = bytes.IsEmpty
                ? new PictureError(PictureProblem.Empty, "The picture is empty: it has no bytes.")
                : new PictureError(PictureProblem.NotAPicture, Refusal(bytes));
        }

        return error is null;
    }

    private static string Refusal(ReadOnlySpan<byte> bytes) =>
        HasBrand(bytes, "avif"u8, "avis"u8) ? $"AVIF is not accepted here. Convert the picture to {PictureFormats.Names}."
        : IsTiff(bytes) ? $"TIFF is not accepted here. Convert the picture to {PictureFormats.Names}."
        : HasBrand(bytes, "heic"u8, "heix"u8) || HasBrand(bytes, "mif1"u8, "msf1"u8)
            ? "HEIC cannot be read: the decoder of its HEVC pictures is not part of this program. Convert the picture to JPEG; an iPhone "
              + "takes JPEG under Settings, Camera, Formats, Most Compatible."
        : bytes.StartsWith("BM"u8) ? $"BMP is not accepted. Convert the picture to {PictureFormats.Names}."
        : $"This is not a {PictureFormats.Names} picture.";

    private static bool IsTiff(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8) || bytes.StartsWith("II+\0"u8) || bytes.StartsWith("MM\0+"u8);

    // ISO 14496-12: a box "ftyp" with the major brand, a version and the compatible brands, four bytes each.
    private static bool HasBrand(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (bytes.Length < 12 || !bytes[4..].StartsWith("ftyp"u8))
        {
            return false;
        }

        var end = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(bytes), Math.Min(bytes.Length, MostBrandBytes));
        for (var at = 8; at + 4 <= end; at += at == 8 ? 8 : 4)
        {
            if (bytes[at..].StartsWith(one) || bytes[at..].StartsWith(other))
            {
                return true;
            }
        }

        return false;
    }
}
