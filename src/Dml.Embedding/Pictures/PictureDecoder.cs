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
            return TryDecode(file, bytes, preprocessing, region: null, rgb, out error);
        }
    }

    /// <summary>Decodes an opened file, once: the whole picture if there is no region.</summary>
    internal static bool TryDecode(
        PictureFile file,
        ReadOnlySpan<byte> bytes,
        Preprocessing preprocessing,
        PictureRegion? region,
        Span<byte> rgb,
        [NotNullWhen(false)] out PictureError? error)
    {
        try
        {
            if (region is null)
            {
                using var square = VipsImage.Fit(file.Load(Shrink(file.Info.Width, file.Info.Height, preprocessing)), preprocessing);
                square.ToRgb(rgb);
            }
            else
            {
                DecodeRegion(file, preprocessing, region, rgb);
            }

            error = file.End(bytes);
        }
        catch (VipsException)
        {
            error = file.Failure;
        }

        return error is null;
    }

    // Cut out before it is turned upright: the resize turns it once it is small. What lies below is not decoded, so it may be damaged.
    private static void DecodeRegion(PictureFile file, Preprocessing preprocessing, PictureRegion region, Span<byte> rgb)
    {
        var (_, _, seenWidth, seenHeight) = region.Pixels(file.Info.Width, file.Info.Height);
        var image = file.Load(Shrink(seenWidth, seenHeight, preprocessing));
        var (left, top, width, height) = region.InStored(PictureFile.Orientation(image)).Pixels(image.Width, image.Height);
        using var part = image.Crop(left, top, width, height);
        using var square = VipsImage.Fit(part, preprocessing);
        square.ToRgb(rgb);
    }

    private static double Shrink(int width, int height, Preprocessing preprocessing)
    {
        // The long side determines the scale for padding. Squashing must not lose detail of the short side.
        var ruling = preprocessing.Resize == ResizeRule.Pad ? Math.Max(width, height) : Math.Min(width, height);
        return (double)ruling / preprocessing.ScaledSide;
    }
}
