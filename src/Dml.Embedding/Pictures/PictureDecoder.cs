using System.Diagnostics.CodeAnalysis;
using NetVips;

namespace Dml.Embedding;

/// <summary>
/// Decodes picture files from untrusted sources. Size and pixel count are checked before any pixel is decoded. Every member may
/// be called from any thread. A refused file leaves nothing behind.
/// </summary>
public static class PictureDecoder
{
    /// <summary>Reads the header only.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="maxPixels">Largest width times height that is accepted.</param>
    /// <param name="info">Format and size; also set if only the size was refused.</param>
    /// <param name="error">Why the file was refused.</param>
    public static bool TryProbe(
        ReadOnlySpan<byte> bytes, long maxPixels, out PictureInfo info, [NotNullWhen(false)] out PictureError? error)
    {
        var opened = PictureFile.TryOpen(bytes, maxPixels, out info, out var file, out error);
        file?.Dispose();
        return opened;
    }

    /// <summary>Decodes to the square that an embedder expects: rotated, flattened onto white, in sRGB.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="preprocessing">Input size and resize rule.</param>
    /// <param name="maxPixels">Largest width times height that is accepted.</param>
    /// <param name="rgb">Receives [side, side, 3] bytes, red first: <see cref="Preprocessing.PixelBytes"/>.</param>
    /// <param name="error">Why the file was refused.</param>
    /// <exception cref="ArgumentException"><paramref name="rgb"/> has another length.</exception>
    public static bool TryDecode(
        ReadOnlySpan<byte> bytes,
        Preprocessing preprocessing,
        long maxPixels,
        Span<byte> rgb,
        [NotNullWhen(false)] out PictureError? error) =>
        TryDecode(bytes, preprocessing, maxPixels, rgb, out _, out error);

    /// <summary>Creates a WebP file that fits into a square and is never larger than the picture itself.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="size">Side of the square in pixels.</param>
    /// <param name="maxPixels">Largest width times height that is accepted.</param>
    /// <param name="webp">The thumbnail; empty if the file was refused.</param>
    /// <param name="error">Why the file was refused.</param>
    public static bool TryThumbnail(
        ReadOnlySpan<byte> bytes, int size, long maxPixels, out byte[] webp, [NotNullWhen(false)] out PictureError? error)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        webp = [];
        if (!PictureFile.TryOpen(bytes, maxPixels, out var info, out var file, out error))
        {
            return false;
        }

        using (file)
        {
            try
            {
                using (var fitted = VipsImage.FitInto(file.Load((double)Math.Max(info.Width, info.Height) / size), size))
                {
                    webp = fitted.Encode(PictureFormat.WebP, quality: 80);
                }

                error = file.End(bytes);
            }
            catch (VipsException)
            {
                error = file.Failure;
            }

            webp = error is null ? webp : [];
            return error is null;
        }
    }

    internal static bool TryDecode(
        ReadOnlySpan<byte> bytes,
        Preprocessing preprocessing,
        long maxPixels,
        Span<byte> rgb,
        out PictureInfo info,
        [NotNullWhen(false)] out PictureError? error)
    {
        if (rgb.Length != preprocessing.PixelBytes)
        {
            throw new ArgumentException(
                $"A decoded picture takes {preprocessing.PixelBytes} bytes; there is room for {rgb.Length}.", nameof(rgb));
        }

        if (!PictureFile.TryOpen(bytes, maxPixels, out info, out var file, out error))
        {
            return false;
        }

        using (file)
        {
            return TryDecode(file, bytes, preprocessing, rgb, out error);
        }
    }

    /// <summary>Decodes an opened file, once.</summary>
    internal static bool TryDecode(
        PictureFile file,
        ReadOnlySpan<byte> bytes,
        Preprocessing preprocessing,
        Span<byte> rgb,
        [NotNullWhen(false)] out PictureError? error)
    {
        try
        {
            using (var square = VipsImage.Fit(file.Load(Shrink(file.Info, preprocessing)), preprocessing))
            {
                square.ToRgb(rgb);
            }

            error = file.End(bytes);
        }
        catch (VipsException)
        {
            error = file.Failure;
        }

        return error is null;
    }

    private static double Shrink(PictureInfo info, Preprocessing preprocessing)
    {
        // The long side determines the scale for padding. Squashing must not lose detail of the short side.
        var ruling = preprocessing.Resize == ResizeRule.Pad
            ? Math.Max(info.Width, info.Height)
            : Math.Min(info.Width, info.Height);
        return (double)ruling / preprocessing.ScaledSide;
    }
}
