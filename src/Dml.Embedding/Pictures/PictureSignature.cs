using System.Diagnostics.CodeAnalysis;

namespace Dml.Embedding;

/// <summary>Recognises the format of a file by its first bytes, so that only the loader for this format ever reads it.</summary>
internal static class PictureSignature
{
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
        else
        {
            error = bytes.IsEmpty
                ? new PictureError(PictureProblem.Empty, "The picture is empty: it has no bytes.")
                : new PictureError(PictureProblem.NotAPicture, "This is not a JPEG, PNG, WebP or GIF picture.");
        }

        return error is null;
    }
}
