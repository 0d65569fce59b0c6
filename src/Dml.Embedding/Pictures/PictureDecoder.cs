using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Dml.Embedding.Libvips;

namespace Dml.Embedding;

/// <summary>
/// Reads picture files that anybody may have sent. Size and pixel count are checked before any pixel is decoded;
/// every member may be called from any thread; a refused file leaves nothing behind.
/// </summary>
public static unsafe class PictureDecoder
{
    /// <summary>Reads the header alone.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="maxPixels">Largest width times height that is accepted.</param>
    /// <param name="info">Format and size; also set when only the size was refused.</param>
    /// <param name="error">Why the file was refused.</param>
    public static bool TryProbe(
        ReadOnlySpan<byte> bytes, long maxPixels, out PictureInfo info, [NotNullWhen(false)] out PictureError? error)
    {
        fixed (byte* data = bytes)
        {
            var opened = PictureFile.TryOpen(data, bytes.Length, maxPixels, out var file, out error);
            info = file.Info;
            file.Dispose();
            return opened;
        }
    }

    /// <summary>Decodes to the square that an embedder expects: rotated, flattened onto white, sRGB.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="preprocessing">Input size and resize rule.</param>
    /// <param name="maxPixels">Largest width times height that is accepted.</param>
    /// <param name="rgb">Receives [side, side, 3] bytes, red first: <see cref="Preprocessing.PixelBytes"/>.</param>
    /// <param name="error">Why the file was refused.</param>
    /// <exception cref="ArgumentException"><paramref name="rgb"/> has another length.</exception>
    public static bool TryDecode(
        ReadOnlySpan<byte> bytes, Preprocessing preprocessing, long maxPixels, Span<byte> rgb, [NotNullWhen(false)] out PictureError? error) =>
        TryDecode(bytes, preprocessing, maxPixels, rgb, out _, out error);

    /// <summary>Makes a WebP that fits into a square, never larger than the picture itself.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="size">Side of the square in pixels.</param>
    /// <param name="maxPixels">Largest width times height that is accepted.</param>
    /// <param name="webp">The file, empty when refused.</param>
    /// <param name="error">Why the file was refused.</param>
    public static bool TryThumbnail(
        ReadOnlySpan<byte> bytes, int size, long maxPixels, out byte[] webp, [NotNullWhen(false)] out PictureError? error)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        webp = [];
        fixed (byte* data = bytes)
        {
            if (!PictureFile.TryOpen(data, bytes.Length, maxPixels, out var file, out error))
            {
                return false;
            }

            using var opened = file;
            try
            {
                using var lazy = opened.Load((double)Math.Max(file.Info.Width, file.Info.Height) / size);
                using var fitted = lazy.Thumbnail(size, size, "down"u8, "none"u8);
                using var colour = fitted.ToStandardRgb();
                webp = colour.Encode(PictureFormat.WebP, quality: 80);
                return true;
            }
            catch (VipsException)
            {
                error = PictureFile.Damaged(file.Info.Format);
                return false;
            }
        }
    }

    /// <summary>Loads libvips now instead of with the first picture.</summary>
    internal static void LoadLibrary() => RuntimeHelpers.RunClassConstructor(typeof(Vips).TypeHandle);

    internal static bool TryDecode(
        ReadOnlySpan<byte> bytes, Preprocessing preprocessing, long maxPixels, Span<byte> rgb, out PictureInfo info, [NotNullWhen(false)] out PictureError? error)
    {
        if (rgb.Length != preprocessing.PixelBytes)
        {
            throw new ArgumentException(
                $"A decoded picture takes {preprocessing.PixelBytes} bytes, there is room for {rgb.Length}.", nameof(rgb));
        }

        fixed (byte* data = bytes)
        {
            if (!PictureFile.TryOpen(data, bytes.Length, maxPixels, out var file, out error))
            {
                info = file.Info;
                return false;
            }

            info = file.Info;
            using var opened = file;
            try
            {
                using var lazy = opened.Load(Shrink(info, preprocessing));
                using var square = lazy.Fit(preprocessing);
                square.ToRgb(rgb);
                return true;
            }
            catch (VipsException)
            {
                error = PictureFile.Damaged(info.Format);
                return false;
            }
        }
    }

    private static double Shrink(PictureInfo info, Preprocessing preprocessing)
    {
        // Padding is ruled by the long side; squashing must not lose detail of the short one.
        var ruling = preprocessing.Resize == ResizeRule.Pad
            ? Math.Max(info.Width, info.Height)
            : Math.Min(info.Width, info.Height);
        return (double)ruling / preprocessing.ScaledSide;
    }
}
