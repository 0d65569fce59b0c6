using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using NetVips;

namespace Dml.Embedding;

/// <summary>A picture file. Opening it reads the header only; pixels are decoded as they are consumed.</summary>
internal sealed class PictureFile : IDisposable
{
    // A factor of two is left to the resize that follows, which filters better than the decoders do.
    private const double LeastShrink = 4;

    // Decoders work row by row: a picture of a million rows of one pixel takes minutes, whatever its number of pixels.
    private const int LongestSide = 32_767;
    private const int MostTimesAsLong = 5_000;

    // A screen of 1920 x 1080 has fewer, and takes some 30 ms as a PNG.
    private const int LightPixels = 1 << 21;
    private const int LightBytes = 1 << 20;

    private static readonly TimeSpan DecodeTime = TimeSpan.FromSeconds(10);

    // The last byte of the header, IHDR, which comes first.
    private const int PngInterlace = 28;

    private readonly Source _source;
    private readonly GifFrame? _gifFrame;
    private readonly bool _isClosed;
    private readonly int _warnedBefore;
    private Image _image;
    private Image? _canvas;
    private DecodeDeadline? _deadline;

    static PictureFile() => Libvips.Load();

    private PictureFile(Source source, PictureFormat format, GifFrame? gifFrame, bool isClosed)
    {
        _warnedBefore = Libvips.Warned;
        var image = Load(source, format, shrink: 1);
        (_source, _image, _gifFrame, _isClosed) = (source, image, gifFrame, isClosed);
        Info = IsTurned(image) ? new PictureInfo(format, image.Height, image.Width) : new PictureInfo(format, image.Width, image.Height);
    }

    internal PictureInfo Info { get; }

    /// <summary>Whether decoding it may take tens of milliseconds and more.</summary>
    /// <param name="bytes">The whole file.</param>
    internal bool IsHeavy(ReadOnlySpan<byte> bytes) =>
        bytes.Length > LightBytes || (long)Info.Width * Info.Height * Weight(bytes) > LightPixels;

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="bytes">The whole file. It is copied.</param>
    /// <param name="maxPixels">Largest width times height that is accepted.</param>
    /// <param name="info">Format and size; also set if only the size was refused.</param>
    /// <param name="file">The file, which the caller disposes of; null if it was refused.</param>
    /// <param name="error">Why the file was refused.</param>
    internal static bool TryOpen(
        ReadOnlySpan<byte> bytes,
        long maxPixels,
        out PictureInfo info,
        [NotNullWhen(true)] out PictureFile? file,
        [NotNullWhen(false)] out PictureError? error)
    {
        (info, file) = (default, null);
        if (!PictureSignature.TryRecognise(bytes, out var format, out error))
        {
            return false;
        }

        var isClosed = format != PictureFormat.Jpeg || JpegEnd.IsClosed(bytes);
        var source = Source.NewFromMemory(
            format == PictureFormat.Png ? PngText.Remove(bytes)
            : isClosed ? bytes
            : JpegEnd.Close(bytes));
        try
        {
            file = new PictureFile(source, format, format == PictureFormat.Gif ? GifFrame.First(bytes) : null, isClosed);
            info = file.Info;
        }
        catch (VipsException)
        {
            source.Dispose();
            error = Damaged(format);
            return false;
        }

        error = file.CheckSize(bytes, maxPixels);
        if (error is null)
        {
            return true;
        }

        file.Dispose();
        file = null;
        return false;
    }

    internal static PictureError Damaged(PictureFormat format) =>
        new(PictureProblem.Damaged, $"The {format.ToString().ToUpperInvariant()} file is damaged or cut off.");

    /// <summary>
    /// The picture as stored in the file: not rotated, in any colour space. JPEG and WebP skip detail while decoding if the picture
    /// will be shrunk by at least the given factor. The image lives as long as the file. From here on decoding has ten seconds.
    /// </summary>
    internal Image Load(double shrink, TimeSpan? time = null)
    {
        // A very thin picture must keep at least one pixel of its short side.
        var possible = Math.Min(shrink, Math.Min(Info.Width, Info.Height));
        if (possible >= LeastShrink && Info.Format is PictureFormat.Jpeg or PictureFormat.WebP)
        {
            _image.Dispose();
            _image = Load(_source, Info.Format, possible);
        }

        _deadline = new DecodeDeadline(_image, time ?? DecodeTime);
        return _canvas = OnCanvas();
    }

    /// <summary>
    /// Ends decoding. What was made of the picture must have been disposed of, because the decoder tells of its warnings when it is closed.
    /// </summary>
    /// <param name="bytes">The whole file.</param>
    /// <returns>Null, or that a part of the picture is missing.</returns>
    internal PictureError? End(ReadOnlySpan<byte> bytes)
    {
        _deadline?.Dispose();
        _image.Dispose();
        return Info.Format != PictureFormat.Jpeg || (_isClosed && Libvips.Warned == _warnedBefore)
            || JpegScans.CoverPicture(_isClosed ? bytes : JpegEnd.Close(bytes), toTheLastBit: !_isClosed, DecodeTime)
            ? null
            : Damaged(Info.Format);
    }

    /// <summary>Why decoding failed.</summary>
    internal PictureError Failure => _deadline?.HasPassed == true
        ? TooLarge($"takes more than {DecodeTime.TotalSeconds} seconds to decode; send a smaller one.")
        : Damaged(Info.Format);

    public void Dispose()
    {
        _deadline?.Dispose();
        if (_canvas != _image)
        {
            _canvas?.Dispose();
        }

        _image.Dispose();
        _source.Dispose();
    }

    // Where a GIF's first picture leaves the canvas open, it is white like everything transparent; libvips leaves it black if the picture
    // itself has no transparent colour.
    private Image OnCanvas()
    {
        if (_gifFrame is not { } frame || _image.HasAlpha())
        {
            return _image;
        }

        var (right, bottom) = (Math.Min(frame.Left + frame.Width, _image.Width), Math.Min(frame.Top + frame.Height, _image.Height));
        if ((frame.Left == 0 && frame.Top == 0 && right == _image.Width && bottom == _image.Height) || right <= frame.Left
            || bottom <= frame.Top)
        {
            return _image;
        }

        using var covered = _image.Crop(frame.Left, frame.Top, right - frame.Left, bottom - frame.Top);
        return covered.Embed(frame.Left, frame.Top, _image.Width, _image.Height, Enums.Extend.White);
    }

    private PictureError? CheckSize(ReadOnlySpan<byte> bytes, long maxPixels)
    {
        var (width, height) = (Info.Width, Info.Height);
        if (Math.Max(width, height) > LongestSide)
        {
            return TooLarge($"has {width} x {height} pixels; a side of at most {LongestSide:N0} is accepted.");
        }

        if (Math.Max(width, height) > (long)Math.Min(width, height) * MostTimesAsLong)
        {
            return TooLarge(
                $"has {width} x {height} pixels; its long side may be at most {MostTimesAsLong:N0} times as long as its short side.");
        }

        var most = maxPixels / Weight(bytes);
        var kind = most == maxPixels ? "" : $" of such a {Info.Format.ToString().ToUpperInvariant()}, which takes more memory than others";
        return (long)width * height > most
            ? TooLarge($"has {width} x {height} pixels; at most {most:N0} pixels are accepted{kind}.")
            : null;
    }

    private static PictureError TooLarge(FormattableString problem) =>
        new(PictureProblem.TooManyPixels, "The picture " + problem.ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether EXIF swaps width and height: its orientations 5 to 8 do.</summary>
    internal static bool IsTurned(Image image) => Orientation(image) is >= 5 and <= 8;

    /// <summary>How EXIF rotates and mirrors the picture, 1 to 8; 1, not at all, where nothing is said.</summary>
    internal static int Orientation(Image image) => image.Contains("orientation") && image.Get("orientation") is int known ? known : 1;

    private static Image Load(Source source, PictureFormat format, double shrink)
    {
        const Enums.Access Access = Enums.Access.Sequential;
        const Enums.FailOn FailOn = Enums.FailOn.Truncated;
        return format switch
        {
            PictureFormat.Jpeg => Image.JpegloadSource(source, JpegShrink(shrink), access: Access, failOn: FailOn),
            PictureFormat.Png => Image.PngloadSource(source, access: Access, failOn: FailOn),
            PictureFormat.WebP => Image.WebploadSource(
                source, scale: shrink >= LeastShrink ? 2 / shrink : null, access: Access, failOn: FailOn),
            PictureFormat.Gif => Image.GifloadSource(source, access: Access, failOn: FailOn),
            // One page each, and not what else a file may contain: thumbnails, pyramids, other pictures.
            PictureFormat.Avif => Image.HeifloadSource(source, page: 0, n: 1, thumbnail: false, access: Access, failOn: FailOn),
            _ => Image.TiffloadSource(source, page: 0, n: 1, access: Access, failOn: FailOn),
        };
    }

    // How many times four bytes a decoder may hold for each pixel. Most pictures are decoded row by row. libheif holds the whole picture,
    // some fifteen bytes a pixel; a TIFF may be one strip of samples of any size; an interlaced PNG is held whole, and passed over seven
    // times.
    private int Weight(ReadOnlySpan<byte> bytes) => Info.Format switch
    {
        PictureFormat.Avif => 4,
        PictureFormat.Tiff => PixelWeight,
        PictureFormat.Png when bytes.Length > PngInterlace && bytes[PngInterlace] != 0 => 2 * PixelWeight,
        _ => 1,
    };

    private int PixelWeight => Math.Max(1, ((_image.Bands * SampleBytes(_image.Format)) + 3) / 4);

    private static int SampleBytes(Enums.BandFormat format) => format switch
    {
        Enums.BandFormat.Uchar or Enums.BandFormat.Char => 1,
        Enums.BandFormat.Ushort or Enums.BandFormat.Short => 2,
        Enums.BandFormat.Uint or Enums.BandFormat.Int or Enums.BandFormat.Float => 4,
        Enums.BandFormat.Dpcomplex => 16,
        _ => 8,
    };

    private static int? JpegShrink(double shrink) => shrink switch
    {
        >= 16 => 8,
        >= 8 => 4,
        >= LeastShrink => 2,
        _ => null,
    };
}
