using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Dml.Embedding.Libvips;

namespace Dml.Embedding;

/// <summary>
/// The bytes of one picture file, pinned by the caller for as long as this and every image from it lives. Opening
/// reads the header alone; pixels are decoded as they are consumed.
/// </summary>
internal readonly unsafe struct PictureFile : IDisposable
{
    // A factor of two is left to the resize that follows: it filters better than the decoders do.
    private const double LeastShrink = 4;

    private readonly byte* _data;
    private readonly int _length;
    private readonly VipsImage? _whole;

    private PictureFile(byte* data, int length, PictureInfo info, VipsImage whole)
    {
        _data = data;
        _length = length;
        _whole = whole;
        Info = info;
    }

    internal PictureInfo Info { get; }

    internal static bool TryOpen(
        byte* data, int length, long maxPixels, out PictureFile file, [NotNullWhen(false)] out PictureError? error)
    {
        file = default;
        if (!PictureSignature.TryRecognise(new ReadOnlySpan<byte>(data, length), out var format, out error))
        {
            return false;
        }

        try
        {
            var whole = Load(data, length, format, shrink: 1);
            file = new PictureFile(data, length, whole.IsTurned
                ? new PictureInfo(format, whole.Height, whole.Width)
                : new PictureInfo(format, whole.Width, whole.Height), whole);
        }
        catch (VipsException)
        {
            error = Damaged(format);
            return false;
        }

        var info = file.Info;
        if ((long)info.Width * info.Height > maxPixels)
        {
            file.Dispose();
            error = new PictureError(PictureProblem.TooManyPixels, string.Create(CultureInfo.InvariantCulture,
                $"The picture has {info.Width} x {info.Height} pixels; at most {maxPixels:N0} pixels are accepted."));
            return false;
        }

        error = null;
        return true;
    }

    internal static PictureError Damaged(PictureFormat format) =>
        new(PictureProblem.Damaged, $"The {format.ToString().ToUpperInvariant()} file is damaged or cut off.");

    /// <summary>
    /// The picture as it is in the file: not yet rotated, any colour space. JPEG and WebP leave detail out while
    /// decoding when it is going to be shrunk by at least the given factor anyway.
    /// </summary>
    internal VipsImage Load(double shrink)
    {
        // A very thin picture must keep at least one pixel of its short side.
        var possible = Math.Min(shrink, Math.Min(Info.Width, Info.Height));
        // What was opened for its header serves as well when the decoder is to leave nothing out.
        return possible >= LeastShrink && Info.Format is (PictureFormat.Jpeg or PictureFormat.WebP)
            ? Load(_data, _length, Info.Format, possible)
            : _whole!.Share();
    }

    public void Dispose() => _whole?.Dispose();

    private static VipsImage Load(byte* data, int length, PictureFormat format, double shrink)
    {
        VipsOperation operation = new(format switch
        {
            PictureFormat.Jpeg => "jpegload_buffer"u8,
            PictureFormat.Png => "pngload_buffer"u8,
            PictureFormat.WebP => "webpload_buffer"u8,
            _ => "gifload_buffer"u8,
        });
        operation.Set("buffer"u8, data, length).Set("access"u8, "sequential"u8).Set("fail_on"u8, "truncated"u8);
        if (format == PictureFormat.Jpeg && shrink >= LeastShrink)
        {
            operation.Set("shrink"u8, shrink >= 16 ? 8 : shrink >= 8 ? 4 : 2);
        }
        else if (format == PictureFormat.WebP && shrink >= LeastShrink)
        {
            operation.Set("scale"u8, 2 / shrink);
        }

        return operation.Run();
    }
}
