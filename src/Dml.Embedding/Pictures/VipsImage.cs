using NetVips;

namespace Dml.Embedding;

/// <summary>
/// A picture in libvips: three bytes a pixel, sRGB. It is lazy: pixels are computed by <see cref="ToRgb"/> or
/// <see cref="Encode"/>. Images do not change, so several threads may use the same one.
/// </summary>
public sealed class VipsImage : IDisposable
{
    // Strips are computed on the calling thread, from top to bottom, the order of pixels in a file. To write a whole image to
    // memory, libvips would use threads of its own pool, and on busy cores each hand-over waits for its turn. A strip fits into a
    // processor's second cache and stays below the size of arrays that are collected late.
    private const int StripBytes = 64 * 1024;

    // More than any picture has.
    private const int AnyHeight = 10_000_000;

    // A column of what lies below this picture in the one that it was cut out of, and how many times that one was enlarged.
    private readonly Image? _below;
    private readonly int _enlarged;

    static VipsImage() => Libvips.Load();

    private VipsImage(Image image, Image? below = null, int enlarged = 1)
    {
        (Image, _below, _enlarged) = (image, below, enlarged);
        (Width, Height) = (image.Width, image.Height);
    }

    /// <summary>Pixels from left to right.</summary>
    public int Width { get; }

    /// <summary>Pixels from top to bottom.</summary>
    public int Height { get; }

    internal Image Image { get; }

    /// <summary>Copies pixels into a new image.</summary>
    /// <param name="rgb">[height, width, 3] bytes, red first.</param>
    /// <param name="width">Pixels from left to right.</param>
    /// <param name="height">Pixels from top to bottom.</param>
    /// <exception cref="ArgumentException">The number of bytes is not width x height x 3.</exception>
    public static VipsImage FromRgb(ReadOnlySpan<byte> rgb, int width, int height)
    {
        if (width < 1 || height < 1 || rgb.Length != (long)width * height * 3)
        {
            throw new ArgumentException(
                $"{width} x {height} RGB pixels take {3L * width * height} bytes; {rgb.Length} were given.", nameof(rgb));
        }

        using var raw = Image.NewFromMemoryCopy(rgb, width, height, bands: 3, Enums.BandFormat.Uchar);
        return new VipsImage(raw.Copy(interpretation: Enums.Interpretation.Srgb));
    }

    /// <summary>Computes the pixels.</summary>
    /// <param name="rgb">Receives [height, width, 3] bytes, red first.</param>
    /// <exception cref="ArgumentException">The span is not width x height x 3 long.</exception>
    public void ToRgb(Span<byte> rgb)
    {
        var row = Width * 3;
        if (rgb.Length != (long)row * Height)
        {
            throw new ArgumentException(
                $"{Width} x {Height} RGB pixels take {(long)row * Height} bytes; there is room for {rgb.Length}.", nameof(rgb));
        }

        var rows = Math.Max(1, StripBytes / row);
        using (var region = Region.New(Image))
        {
            for (var top = 0; top < Height; top += rows)
            {
                region.Fetch(0, top, Width, Math.Min(rows, Height - top)).CopyTo(rgb[(row * top)..]);
            }
        }

        if (_below is not null)
        {
            // Only decoding the rest shows whether a part of the file is missing. It must follow without a gap: a decoder does not go back.
            rows *= _enlarged;
            using var region = Region.New(_below);
            for (var top = 0; top < _below.Height; top += rows)
            {
                region.Fetch(0, top, _below.Width, Math.Min(rows, _below.Height - top));
            }
        }
    }

    /// <summary>Encodes the picture as a file without metadata.</summary>
    /// <param name="format">JPEG, PNG or WebP.</param>
    /// <param name="quality">1 to 100 for JPEG and WebP; PNG is lossless.</param>
    /// <exception cref="ArgumentOutOfRangeException">The format is another one.</exception>
    public byte[] Encode(PictureFormat format, int quality = 90) => format switch
    {
        PictureFormat.Jpeg => Image.JpegsaveBuffer(quality, keep: Enums.ForeignKeep.None),
        PictureFormat.Png => Image.PngsaveBuffer(keep: Enums.ForeignKeep.None),
        PictureFormat.WebP => Image.WebpsaveBuffer(quality, effort: 2, keep: Enums.ForeignKeep.None),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Pictures are written as JPEG, PNG or WebP."),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        Image.Dispose();
        _below?.Dispose();
    }

    /// <summary>Draws an SVG onto white. It must come from this program, never from outside.</summary>
    internal static VipsImage DrawSvg(byte[] svg)
    {
        Libvips.AllowSvg();
        using var drawing = ToStandardRgb(Image.SvgloadBuffer(svg));
        return new VipsImage(drawing.CopyMemory());
    }

    /// <summary>Applies the resize rule: the result is a square of the input size, flattened onto white, in sRGB.</summary>
    internal static VipsImage Fit(Image image, Preprocessing preprocessing)
    {
        var side = preprocessing.ScaledSide;
        var isCropped = preprocessing.Resize is ResizeRule.ShortSideCrop or ResizeRule.CentreCrop;
        var isTall = PictureFile.IsTurned(image) ? image.Width > image.Height : image.Height > image.Width;
        if (isCropped && isTall)
        {
            var scaled = ToStandardRgb(image.ThumbnailImage(side, AnyHeight));
            return CutOut(scaled, preprocessing, Math.Max(1, side / Math.Min(image.Width, image.Height)));
        }

        var thumbnail = image.ThumbnailImage(
            side,
            side,
            preprocessing.Resize == ResizeRule.Squash ? Enums.Size.Force : null,
            crop: isCropped ? Enums.Interesting.Centre : null);
        return new VipsImage(Centre(ToStandardRgb(thumbnail), preprocessing.InputSize));
    }

    /// <summary>Shrinks a picture until it fits into a square, flattened onto white, in sRGB. Small pictures keep their size.</summary>
    internal static VipsImage FitInto(Image image, int side) => new(ToStandardRgb(image.ThumbnailImage(side, side, Enums.Size.Down)));

    // The methods below return the image that they are given if there is nothing to do, and dispose of it otherwise.

    // An embedded profile is applied after the resize: on the large picture it takes four times as long.
    private static Image ToStandardRgb(Image image)
    {
        image = ApplyProfile(image);
        if (image.Interpretation != Enums.Interpretation.Srgb || image.Bands < 3)
        {
            using var other = image;
            image = other.Colourspace(Enums.Interpretation.Srgb);
        }

        if (image.HasAlpha())
        {
            using var transparent = image;
            image = transparent.Flatten([255]);
        }

        if (image.Format != Enums.BandFormat.Uchar)
        {
            using var fractional = image;
            using var rounded = fractional.Round(Enums.OperationRound.Rint);
            image = rounded.Cast(Enums.BandFormat.Uchar);
        }

        return image;
    }

    private static Image ApplyProfile(Image image)
    {
        if (!image.Contains("icc-profile-data"))
        {
            return image;
        }

        try
        {
            var converted = image.IccTransform("srgb", embedded: true);
            image.Dispose();
            return converted;
        }
        catch (VipsException)
        {
            // A profile that is broken or meant for other channels (CMYK, which is RGB by now) does not make a picture unreadable.
            return image;
        }
    }

    // The square in the middle of a tall picture. A wide one is decoded whole by itself, because each of its rows is part of the square.
    private static VipsImage CutOut(Image tall, Preprocessing preprocessing, int enlarged)
    {
        using (tall)
        {
            var (side, margin) = (preprocessing.InputSize, (preprocessing.ScaledSide - preprocessing.InputSize) / 2);
            var top = ((tall.Height - preprocessing.ScaledSide) / 2) + margin;
            var bottom = top + side;
            return new VipsImage(
                tall.Crop(margin, top, side, side),
                bottom < tall.Height ? tall.Crop(margin, bottom, 1, tall.Height - bottom) : null,
                enlarged);
        }
    }

    // Cuts off what is too large and adds white where the picture is too small.
    private static Image Centre(Image image, int side)
    {
        if (image.Width == side && image.Height == side)
        {
            return image;
        }

        using (image)
        {
            return image.Gravity(Enums.CompassDirection.Centre, side, side, Enums.Extend.White);
        }
    }
}
