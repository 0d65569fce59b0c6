using Dml.Embedding.Libvips;
using static Dml.Embedding.Libvips.Vips;

namespace Dml.Embedding;

/// <summary>
/// A picture in libvips, with the few operations that decoding and training's augmentation need. An operation
/// returns a new image and is lazy: pixels are computed by <see cref="ToRgb(Span{byte})"/> or <see cref="Encode"/>.
/// Nothing changes an image, so several threads may use one. What libvips refuses throws <see cref="VipsException"/>.
/// </summary>
public sealed unsafe class VipsImage : IDisposable
{
    private const int UnsignedByte = 0;
    private const int StandardRgb = 22;

    // Strips are computed on the calling thread, from top to bottom as files are read. libvips's own way to memory would
    // hand them to a thread of its own, and on busy cores each hand-over waits for its turn.
    private const int StripHeight = 16;

    private nint _image;

    internal VipsImage(nint image) => _image = image != 0 ? image : throw VipsException.FromLibrary();

    /// <summary>Releases an image that nobody disposed.</summary>
    ~VipsImage() => Release();

    /// <summary>Pixels from left to right.</summary>
    public int Width => vips_image_get_width(Pointer);

    /// <summary>Pixels from top to bottom.</summary>
    public int Height => vips_image_get_height(Pointer);

    internal nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_image == 0, this);
            return _image;
        }
    }

    /// <summary>Whether EXIF says that the picture lies on its side, so that width and height change places.</summary>
    internal bool IsTurned => vips_image_get_orientation_swap(Pointer) != 0;

    /// <summary>Copies pixels into a new image.</summary>
    /// <param name="rgb">[height, width, 3] bytes, red first.</param>
    /// <param name="width">Pixels from left to right.</param>
    /// <param name="height">Pixels from top to bottom.</param>
    /// <exception cref="ArgumentException">The number of bytes is not width x height x 3.</exception>
    public static VipsImage FromRgb(ReadOnlySpan<byte> rgb, int width, int height)
    {
        if (width < 1 || height < 1 || rgb.Length != (long)width * height * 3)
        {
            throw new ArgumentException($"{width} x {height} RGB pixels are {3L * width * height} bytes, {rgb.Length} came.", nameof(rgb));
        }

        VipsImage raw;
        fixed (byte* data = rgb)
        {
            raw = new VipsImage(vips_image_new_from_memory_copy(data, (nuint)rgb.Length, width, height, 3, UnsignedByte));
        }

        using (raw)
        {
            return new VipsOperation("copy"u8).Set("in"u8, raw).Set("interpretation"u8, "srgb"u8).Run();
        }
    }

    /// <summary>Decodes a file into memory: rotated as EXIF says, flattened onto white, sRGB.</summary>
    /// <param name="file">A JPEG, PNG, WebP or GIF file.</param>
    /// <param name="maxPixels">Largest width times height that is decoded.</param>
    /// <param name="shortSide">Above zero, pictures whose short side is longer are shrunk until it is this long, which also decodes faster.</param>
    /// <exception cref="PictureException">The file is no picture, too large or damaged.</exception>
    public static VipsImage Decode(ReadOnlySpan<byte> file, long maxPixels, int shortSide = 0)
    {
        fixed (byte* data = file)
        {
            if (!PictureFile.TryOpen(data, file.Length, maxPixels, out var picture, out var error))
            {
                throw new PictureException(error);
            }

            using var opened = picture;
            try
            {
                var shorter = Math.Min(picture.Info.Width, picture.Info.Height);
                var shrink = shortSide > 0 ? Math.Max(1, (double)shorter / shortSide) : 1;
                var width = Math.Max(1, (int)Math.Round(picture.Info.Width / shrink));
                var height = Math.Max(1, (int)Math.Round(picture.Info.Height / shrink));
                using var lazy = opened.Load(shrink);
                using var sized = lazy.Thumbnail(width, height, "force"u8, "none"u8);
                using var colour = sized.ToStandardRgb();
                return new VipsImage(vips_image_copy_memory(colour.Pointer));
            }
            catch (VipsException)
            {
                throw new PictureException(PictureFile.Damaged(picture.Info.Format));
            }
        }
    }

    /// <summary>Cuts a rectangle out; it must lie within the picture.</summary>
    public VipsImage Crop(int left, int top, int width, int height) =>
        new VipsOperation("crop"u8).Set("input"u8, this)
            .Set("left"u8, left).Set("top"u8, top).Set("width"u8, width).Set("height"u8, height).Run();

    /// <summary>Scales to exactly this many pixels; shrinking filters, so nothing aliases.</summary>
    public VipsImage Resize(int width, int height) => Thumbnail(width, height, "force"u8, "none"u8);

    /// <summary>Mirrors left and right.</summary>
    public VipsImage Flip() =>
        new VipsOperation("flip"u8).Set("in"u8, this).Set("direction"u8, "horizontal"u8).Run();

    /// <summary>
    /// Moves the pixel at (x, y) to (a x + b y + <paramref name="moveX"/>, c x + d y + <paramref name="moveY"/>),
    /// bilinearly, in a picture of the given size.
    /// </summary>
    /// <param name="matrix">a, b, c, d.</param>
    /// <param name="moveX">Pixels to the right.</param>
    /// <param name="moveY">Pixels downwards.</param>
    /// <param name="width">Width of the result in pixels.</param>
    /// <param name="height">Height of the result in pixels.</param>
    /// <param name="background">Grey value of what lies outside, 0 to 255.</param>
    public VipsImage Affine(
        ReadOnlySpan<double> matrix, double moveX, double moveY, int width, int height, double background = 255)
    {
        Span<byte> area = stackalloc byte[32];
        System.Text.Unicode.Utf8.TryWrite(area, $"0 0 {width} {height}\0", out _);
        return new VipsOperation("affine"u8).Set("in"u8, this).Set("matrix"u8, matrix)
            .Set("odx"u8, moveX).Set("ody"u8, moveY).Set("oarea"u8, area)
            .Set("extend"u8, "background"u8).Set("background"u8, [background]).Run();
    }

    /// <summary>Replaces each pixel by matrix x pixel. Values stay fractional until the end of the chain.</summary>
    /// <param name="matrix">Nine numbers, row by row.</param>
    public VipsImage Recomb(ReadOnlySpan<double> matrix)
    {
        if (matrix.Length != 9)
        {
            throw new ArgumentException($"Recomb needs a 3 x 3 matrix, {matrix.Length} numbers came.", nameof(matrix));
        }

        fixed (double* numbers = matrix)
        {
            using VipsImage rows = new(vips_image_new_matrix_from_array(3, 3, numbers, 9));
            return new VipsOperation("recomb"u8).Set("in"u8, this).Set("m"u8, rows).Run();
        }
    }

    /// <summary>value x scale + offset, per channel (three numbers each) or for all (one). Values stay fractional until the end of the chain.</summary>
    public VipsImage Linear(ReadOnlySpan<double> scale, ReadOnlySpan<double> offset) =>
        new VipsOperation("linear"u8).Set("in"u8, this).Set("a"u8, scale).Set("b"u8, offset).Run();

    /// <summary>Gaussian blur with this standard deviation in pixels.</summary>
    public VipsImage Blur(double sigma) =>
        // By default the bell is cut where it has fallen to a fifth, and its weights are small integers.
        new VipsOperation("gaussblur"u8).Set("in"u8, this).Set("sigma"u8, sigma)
            .Set("min_ampl"u8, 0.01).Set("precision"u8, "float"u8).Run();

    /// <summary>Computes the pixels.</summary>
    /// <param name="rgb">Receives [height, width, 3] bytes, red first.</param>
    /// <exception cref="ArgumentException">The span is not width x height x 3 long.</exception>
    public void ToRgb(Span<byte> rgb)
    {
        using var bytes = ToBytes();
        var row = Width * vips_image_get_bands(bytes.Pointer);
        if (rgb.Length != (long)row * Height)
        {
            throw new ArgumentException($"{Width} x {Height} RGB pixels are {(long)row * Height} bytes, there is room for {rgb.Length}.", nameof(rgb));
        }

        var region = vips_region_new(bytes.Pointer);
        try
        {
            for (var top = 0; top < Height; top += StripHeight)
            {
                var height = Math.Min(StripHeight, Height - top);
                nuint length;
                var pixels = vips_region_fetch(region, 0, top, Width, height, &length);
                if (pixels == null)
                {
                    throw VipsException.FromLibrary();
                }

                new ReadOnlySpan<byte>(pixels, row * height).CopyTo(rgb[(row * top)..]);
                g_free((nint)pixels);
            }
        }
        finally
        {
            g_object_unref(region);
        }
    }

    /// <summary>Computes the pixels: [height, width, 3] bytes, red first.</summary>
    public byte[] ToRgb()
    {
        var rgb = GC.AllocateUninitializedArray<byte>(checked(Width * Height * 3));
        ToRgb(rgb);
        return rgb;
    }

    /// <summary>Writes a picture file, without metadata.</summary>
    /// <param name="format">JPEG, PNG or WebP.</param>
    /// <param name="quality">1 to 100 for JPEG and WebP; PNG is lossless.</param>
    /// <exception cref="ArgumentOutOfRangeException">The format is another one.</exception>
    public byte[] Encode(PictureFormat format, int quality = 90)
    {
        using var bytes = ToBytes();
        var saver = format switch
        {
            PictureFormat.Jpeg => new VipsOperation("jpegsave_buffer"u8).Set("Q"u8, quality),
            PictureFormat.Png => new VipsOperation("pngsave_buffer"u8),
            PictureFormat.WebP => new VipsOperation("webpsave_buffer"u8).Set("Q"u8, quality).Set("effort"u8, 2),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Pictures are written as JPEG, PNG or WebP."),
        };
        return saver.Set("in"u8, bytes).Set("keep"u8, "none"u8).RunToBytes();
    }

    /// <summary>The same image once more, to be disposed of by itself.</summary>
    internal VipsImage Share() => new(g_object_ref(Pointer));

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Draws an SVG of our own making onto white. Nothing that came from outside may get here.</summary>
    internal static VipsImage DrawSvg(ReadOnlySpan<byte> svg)
    {
        AllowSvg();
        fixed (byte* data = svg)
        {
            using var drawing = new VipsOperation("svgload_buffer"u8).Set("buffer"u8, data, svg.Length).Run();
            using var colour = drawing.ToStandardRgb();
            return new VipsImage(vips_image_copy_memory(colour.Pointer));
        }
    }

    /// <summary>Applies the resize rule: the result is a square of the input size, flattened onto white, in sRGB.</summary>
    internal VipsImage Fit(Preprocessing preprocessing)
    {
        var side = preprocessing.ScaledSide;
        var crop = preprocessing.Resize is ResizeRule.ShortSideCrop or ResizeRule.CentreCrop;
        var squash = preprocessing.Resize == ResizeRule.Squash;
        using var sized = Thumbnail(side, side, squash ? "force"u8 : "both"u8, crop ? "centre"u8 : "none"u8);
        using var colour = sized.ToStandardRgb();
        return colour.Centre(preprocessing.InputSize);
    }

    /// <summary>Rotates as EXIF says and resizes, with alpha weighing the colours. CMYK becomes RGB on the way.</summary>
    internal VipsImage Thumbnail(int width, int height, ReadOnlySpan<byte> size, ReadOnlySpan<byte> crop) =>
        new VipsOperation("thumbnail_image"u8).Set("in"u8, this).Set("width"u8, width).Set("height"u8, height)
            .Set("size"u8, size).Set("crop"u8, crop).Run();

    /// <summary>
    /// Three bytes a pixel in sRGB, whatever it was; transparent parts become white. Comes after the resize: an
    /// embedded profile costs four times as much on the large picture.
    /// </summary>
    internal VipsImage ToStandardRgb()
    {
        using var profiled = ApplyProfile();
        var isStandard = vips_image_get_interpretation(profiled.Pointer) == StandardRgb && vips_image_get_bands(profiled.Pointer) >= 3;
        using var colour = isStandard
            ? profiled.Share()
            : new VipsOperation("colourspace"u8).Set("in"u8, profiled).Set("space"u8, "srgb"u8).Run();
        if (vips_image_hasalpha(colour.Pointer) != 0)
        {
            using var flat = new VipsOperation("flatten"u8).Set("in"u8, colour).Set("background"u8, [255.0]).Run();
            return flat.ToBytes();
        }

        return colour.ToBytes();
    }

    /// <summary>A square of the given side from the middle: what is more is cut off, what is missing becomes white.</summary>
    private VipsImage Centre(int side) => Width == side && Height == side
        ? Share()
        : new VipsOperation("gravity"u8).Set("in"u8, this).Set("direction"u8, "centre"u8)
            .Set("width"u8, side).Set("height"u8, side).Set("extend"u8, "white"u8).Run();

    private VipsImage ApplyProfile()
    {
        fixed (byte* field = "icc-profile-data"u8)
        {
            if (vips_image_get_typeof(Pointer, field) != 0)
            {
                try
                {
                    return new VipsOperation("icc_transform"u8).Set("in"u8, this).Set("embedded"u8, "true"u8)
                        .Set("output_profile"u8, "srgb"u8).Run();
                }
                catch (VipsException)
                {
                    // A profile that is broken or belongs to other channels (CMYK, converted before) is no reason
                    // to refuse a picture that can be seen.
                }
            }
        }

        return Share();
    }

    private VipsImage ToBytes()
    {
        if (vips_image_get_format(Pointer) == UnsignedByte)
        {
            return Share();
        }

        using var rounded = new VipsOperation("round"u8).Set("in"u8, this).Set("round"u8, "rint"u8).Run();
        return new VipsOperation("cast"u8).Set("in"u8, rounded).Set("format"u8, "uchar"u8).Run();
    }

    private void Release()
    {
        var image = Interlocked.Exchange(ref _image, 0);
        if (image != 0)
        {
            g_object_unref(image);
        }
    }
}
