using NetVips;

namespace Dml.Embedding.Tests.Pictures;

/// <summary>Every kind of file comes out as eight-bit sRGB on white.</summary>
public class FormatTests
{
    [Theory]
    [InlineData(PictureFormat.Jpeg, 8)]
    [InlineData(PictureFormat.Png, 1)]
    [InlineData(PictureFormat.WebP, 10)]
    public void Colours_survive(PictureFormat format, int tolerance)
    {
        var file = Quadrants.File(format);
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(file), tolerance);
        Assert.True(PictureDecoder.TryProbe(file, 9600, out var info, out _));
        Assert.Equal(new PictureInfo(format, 120, 80), info);
    }

    [Fact]
    public void Gif()
    {
        var file = Quadrants.Image().GifsaveBuffer();
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(file), 10);
        Assert.True(PictureDecoder.TryProbe(file, 9600, out var info, out _));
        Assert.Equal((new PictureInfo(PictureFormat.Gif, 120, 80), "image/gif"), (info, info.ContentType));
    }

    [Fact]
    public void Avif()
    {
        var file = Quadrants.Image().HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1);
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(file), 10);
        Assert.True(PictureDecoder.TryProbe(file, 38_400, out var info, out _));
        Assert.Equal((new PictureInfo(PictureFormat.Avif, 120, 80), "image/avif"), (info, info.ContentType));
        Assert.True(PictureDecoder.TryThumbnail(file, 60, 38_400, out var small, out _));
        Assert.True(PictureDecoder.TryProbe(small, 9600, out info, out _));
        Assert.Equal((60, 40), (info.Width, info.Height));
    }

    [Theory]
    [InlineData(Enums.ForeignTiffCompression.None)]
    [InlineData(Enums.ForeignTiffCompression.Lzw)]
    [InlineData(Enums.ForeignTiffCompression.Deflate)]
    [InlineData(Enums.ForeignTiffCompression.Jpeg)]
    public void Tiff(Enums.ForeignTiffCompression compression)
    {
        var file = Quadrants.Image().TiffsaveBuffer(compression: compression);
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(file), 10);
        Assert.True(PictureDecoder.TryProbe(file, 9600, out var info, out _));
        Assert.Equal((new PictureInfo(PictureFormat.Tiff, 120, 80), "image/tiff"), (info, info.ContentType));
    }

    [Fact]
    public void Sixteen_bit_and_printed_tiff()
    {
        using var wide = Quadrants.Image().Colourspace(Enums.Interpretation.Rgb16);
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(wide.TiffsaveBuffer()), 1);
        using var ink = Quadrants.Image().IccTransform("cmyk", inputProfile: "srgb");
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(ink.TiffsaveBuffer()), 50);
    }

    [Fact]
    public void Of_a_tiff_with_pages_the_first_counts()
    {
        // Pages of libvips are one long picture with their height beside it.
        using var second = Quadrants.Image().Invert();
        using var both = Quadrants.Image().Join(second, Enums.Direction.Vertical);
        using var paged = both.Mutate(image => image.Set(GValue.GIntType, "page-height", 80));
        var file = paged.TiffsaveBuffer();
        Assert.True(PictureDecoder.TryProbe(file, 9600, out var info, out var error), error?.Message);
        Assert.Equal((120, 80), (info.Width, info.Height));
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(file), 2);
    }

    [Fact]
    public void Palette_png()
    {
        var file = Quadrants.Image().PngsaveBuffer(palette: true);
        Assert.Equal(3, file[25]); // IHDR colour type: indexed
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(file), 6);
    }

    [Fact]
    public void Sixteen_bit_png()
    {
        using var wide = Quadrants.Image().Colourspace(Enums.Interpretation.Rgb16);
        var file = wide.PngsaveBuffer();
        Assert.Equal(16, file[24]); // IHDR bit depth
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(file), 1);
    }

    [Fact]
    public void Sixteen_bit_grey_png_with_alpha()
    {
        // Left half opaque mid grey, right half transparent black.
        var pixels = new byte[40 * 40 * 2];
        for (var i = 0; i < 1600; i++)
        {
            pixels[2 * i] = (byte)(i % 40 < 20 ? 120 : 0);
            pixels[(2 * i) + 1] = (byte)(i % 40 < 20 ? 255 : 0);
        }

        using var grey = Quadrants.Bands(pixels, 40, 40, 2, Enums.Interpretation.Bw);
        using var wide = grey.Colourspace(Enums.Interpretation.Grey16);
        var file = wide.PngsaveBuffer();
        Assert.Equal((16, 4), (file[24], file[25]));
        Colour mid = new(120, 120, 120);
        Quadrants.AssertColours([mid, Colour.White, mid, Colour.White], Quadrants.Decode(file), 1);
    }

    [Theory]
    [InlineData(PictureFormat.Jpeg)]
    [InlineData(PictureFormat.Png)]
    public void Grey_becomes_three_equal_channels(PictureFormat format)
    {
        byte[] levels = [.. Quadrants.Rgb(120, 80).Where((_, i) => i % 3 == 0)];
        using var grey = Quadrants.Bands(levels, 120, 80, 1, Enums.Interpretation.Bw);
        var file = format == PictureFormat.Jpeg ? grey.JpegsaveBuffer() : grey.PngsaveBuffer();
        Quadrants.AssertColours(Quadrants.Colours.Select(c => new Colour(c.Red, c.Red, c.Red)), Quadrants.Decode(file), 3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(102)]
    [InlineData(255)]
    public void Alpha_lets_white_through(int alpha)
    {
        var rgb = Quadrants.Rgb(120, 80);
        var rgba = new byte[120 * 80 * 4];
        for (var i = 0; i < 120 * 80; i++)
        {
            rgb.AsSpan(3 * i, 3).CopyTo(rgba.AsSpan(4 * i));
            rgba[(4 * i) + 3] = (byte)alpha;
        }

        using var image = Quadrants.Bands(rgba, 120, 80, 4, Enums.Interpretation.Srgb);
        byte Over(byte value) => (byte)Math.Round(((value * alpha) + (255 * (255 - alpha))) / 255.0);
        Quadrants.AssertColours(
            Quadrants.Colours.Select(c => new Colour(Over(c.Red), Over(c.Green), Over(c.Blue))),
            Quadrants.Decode(image.PngsaveBuffer()), 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cmyk_jpeg(bool withProfile)
    {
        using var ink = Quadrants.Image().IccTransform("cmyk", inputProfile: "srgb");
        var file = ink.JpegsaveBuffer(95, keep: withProfile ? Enums.ForeignKeep.Icc : Enums.ForeignKeep.None);
        Assert.True(file.AsSpan().IndexOf("Adobe"u8) > 0);
        // The printing inks cannot reach every screen colour, so the tolerance is wide; a swapped or inverted
        // channel would be off by more than a hundred.
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(file), 50);
    }

    [Fact]
    public void An_embedded_profile_is_converted_to_srgb()
    {
        using var wide = Quadrants.Image().IccTransform("p3", inputProfile: "srgb");
        var file = wide.PngsaveBuffer();
        var stored = Colour.At(wide.WriteToMemory<byte>(), 120, 5, 5);
        Assert.True(stored.Distance(Quadrants.Colours[0]) > 10, $"the wide file stores {stored}, too near for a meaningful test");
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(file), 4);
    }

    [Fact]
    public void A_broken_profile_does_not_make_a_picture_unreadable()
    {
        using var wide = Quadrants.Image().IccTransform("srgb", inputProfile: "srgb");
        var file = wide.JpegsaveBuffer();
        var profile = file.AsSpan().IndexOf("ICC_PROFILE\0"u8) + 14;
        Assert.True(profile > 14);
        file.AsSpan(profile + 4, 120).Fill(0x5A);
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(file), 12);
    }

    [Fact]
    public void Of_an_animation_the_first_frame_counts()
    {
        var red = Quadrants.Colours[0];
        foreach (var file in (byte[][])[Animations.Gif(red, Quadrants.Colours[2]), Animations.WebP(red, Quadrants.Colours[2])])
        {
            Assert.True(PictureDecoder.TryProbe(file, 64 * 64, out var info, out var error), error?.Message);
            Assert.Equal((64, 64), (info.Width, info.Height));
            Quadrants.AssertColours([red, red, red, red], Quadrants.Decode(file), 4);
        }
    }

    [Fact]
    public void A_thumbnail_keeps_shape_and_never_grows()
    {
        Assert.True(PictureDecoder.TryThumbnail(Quadrants.File(PictureFormat.Jpeg, 600, 300), 100, 1_000_000, out var small, out _));
        Assert.True(PictureDecoder.TryProbe(small, 1_000_000, out var info, out _));
        Assert.Equal(new PictureInfo(PictureFormat.WebP, 100, 50), info);
        Quadrants.AssertColours(Quadrants.Colours, Quadrants.Decode(small), 12);
        Assert.True(PictureDecoder.TryThumbnail(Quadrants.File(PictureFormat.Png, 60, 30), 100, 1_000_000, out var same, out _));
        Assert.True(PictureDecoder.TryProbe(same, 1_000_000, out info, out _));
        Assert.Equal((60, 30), (info.Width, info.Height));
    }
}
