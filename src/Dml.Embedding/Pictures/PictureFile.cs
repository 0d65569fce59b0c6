using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using NetVips;

namespace Dml.Embedding;

/// <summary>A picture file. Opening it reads the header only; pixels are decoded as they are consumed.</summary>
internal sealed class PictureFile : IDisposable
{
    // A factor of two is left to the resize that follows, which filters better than the decoders do.
    private const double LeastShrink = 4;

    private readonly Source _source;
    private Image _image;

    static PictureFile() => Libvips.Load();

    private PictureFile(Source source, Image image, PictureFormat format)
    {
        (_source, _image) = (source, image);
        Info = IsTurned(image) ? new PictureInfo(format, image.Height, image.Width) : new PictureInfo(format, image.Width, image.Height);
    }

    internal PictureInfo Info { get; }

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

        var source = Source.NewFromMemory(bytes);
        try
        {
            file = new PictureFile(source, Load(source, format, shrink: 1), format);
            info = file.Info;
        }
        catch (VipsException)
        {
            source.Dispose();
            error = Damaged(format);
            return false;
        }

        var most = maxPixels / Weight(file._image, format);
        if ((long)info.Width * info.Height > most)
        {
            file.Dispose();
            file = null;
            var which = most == maxPixels ? "" : $" of such a {format.ToString().ToUpperInvariant()}, which takes more memory than others";
            error = new PictureError(PictureProblem.TooManyPixels, string.Create(
                CultureInfo.InvariantCulture,
                $"The picture has {info.Width} x {info.Height} pixels; at most {most:N0} pixels are accepted{which}."));
            return false;
        }

        return true;
    }

    internal static PictureError Damaged(PictureFormat format) =>
        new(PictureProblem.Damaged, $"The {format.ToString().ToUpperInvariant()} file is damaged or cut off.");

    /// <summary>
    /// The picture as stored in the file: not rotated, in any colour space. JPEG and WebP skip detail while decoding if the picture
    /// will be shrunk by at least the given factor. The image lives as long as the file.
    /// </summary>
    internal Image Load(double shrink)
    {
        // A very thin picture must keep at least one pixel of its short side.
        var possible = Math.Min(shrink, Math.Min(Info.Width, Info.Height));
        if (possible >= LeastShrink && Info.Format is PictureFormat.Jpeg or PictureFormat.WebP)
        {
            _image.Dispose();
            _image = Load(_source, Info.Format, possible);
        }

        return _image;
    }

    public void Dispose()
    {
        _image.Dispose();
        _source.Dispose();
    }

    // EXIF orientations 5 to 8 swap width and height.
    private static bool IsTurned(Image image) => image.Contains("orientation") && image.Get("orientation") is >= 5 and <= 8;

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

    // How many times four bytes a decoder may hold for each pixel. The other formats are decoded row by row; libheif holds the whole
    // picture, some fifteen bytes a pixel, and a TIFF may be one strip of samples of any size.
    private static int Weight(Image image, PictureFormat format) => format switch
    {
        PictureFormat.Avif => 4,
        PictureFormat.Tiff => Math.Max(1, ((image.Bands * SampleBytes(image.Format)) + 3) / 4),
        _ => 1,
    };

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
