namespace Dml.Embedding.Tests.Pictures;

public class ResizeRuleTests
{
    private const int Side = 40;

    [Fact]
    public void Squash_shows_all_of_the_picture()
    {
        var rgb = Decode(Stripes(400, 100), ResizeRule.Squash);
        AssertRow(rgb, Side / 2, [Red(0, 10), Green(10, 30), Blue(30, 40)]);
    }

    [Fact]
    public void Short_side_crop_shows_the_middle()
    {
        // Of 400 x 100 the middle 100 x 100 are left: all of them green.
        var rgb = Decode(Stripes(400, 100), ResizeRule.ShortSideCrop);
        AssertRow(rgb, 0, [Green(0, 40)]);
        AssertRow(rgb, Side - 1, [Green(0, 40)]);
        // Of 160 x 100 the columns 30 to 130 are left; red ends at column 40, blue begins at 120.
        AssertRow(Decode(Stripes(160, 100), ResizeRule.ShortSideCrop), 20, [Red(0, 4), Green(4, 36), Blue(36, 40)]);
    }

    [Fact]
    public void Centre_crop_shows_seven_eighths_of_the_short_side()
    {
        // Of 160 x 112 the columns 31 to 129 are left; red ends at column 40, blue begins at 120.
        AssertRow(Decode(Stripes(160, 112), ResizeRule.CentreCrop), 20, [Red(0, 4), Green(4, 36), Blue(36, 40)]);
        // Of 160 x 160 the columns 10 to 150.
        AssertRow(Decode(Stripes(160, 160), ResizeRule.CentreCrop), 20, [Red(0, 9), Green(9, 31), Blue(31, 40)]);
        Assert.Equal(256, new Preprocessing { InputSize = 224, Resize = ResizeRule.CentreCrop }.ScaledSide);
    }

    [Fact]
    public void Pad_fills_up_with_white_on_both_sides()
    {
        var wide = Decode(Stripes(400, 100), ResizeRule.Pad);
        for (var x = 0; x < Side; x++)
        {
            Assert.Equal(Colour.White, Colour.At(wide, Side, x, 0));
            Assert.Equal(Colour.White, Colour.At(wide, Side, x, 14));
            Assert.Equal(Colour.White, Colour.At(wide, Side, x, 25));
        }

        AssertRow(wide, 15, [Red(0, 10), Green(10, 30), Blue(30, 40)]);
        AssertRow(wide, 24, [Red(0, 10), Green(10, 30), Blue(30, 40)]);

        var tall = Decode(Stripes(100, 400), ResizeRule.Pad);
        AssertRow(tall, 20, [(Colour.White, 0, 15), Red(15, 17), Green(18, 22), Blue(23, 25), (Colour.White, 25, 40)]);
    }

    [Fact]
    public void Small_pictures_grow()
    {
        foreach (var rule in Enum.GetValues<ResizeRule>())
        {
            AssertRow(Decode(Stripes(8, 8), rule), 20, [Red(0, 8), Green(13, 27), Blue(33, 40)]);
        }
    }

    [Theory]
    [InlineData(PictureFormat.Jpeg)]
    [InlineData(PictureFormat.WebP)]
    public void Leaving_detail_out_while_decoding_changes_next_to_nothing(PictureFormat format)
    {
        // Sizes that divide, so that a crop begins at the same pixel; smooth, so that the decoders' cheap filters and the good one
        // must agree.
        const int width = 1600;
        const int height = 1280;
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            var x = i % width;
            var y = i / width;
            rgb[3 * i] = (byte)(x * 255 / width);
            rgb[(3 * i) + 1] = (byte)(y * 255 / height);
            rgb[(3 * i) + 2] = (byte)(127 + (100 * Math.Sin(x * 0.02) * Math.Cos(y * 0.02)));
        }

        using var image = VipsImage.FromRgb(rgb, width, height);
        var file = image.Encode(format, 95);
        foreach (var rule in Enum.GetValues<ResizeRule>())
        {
            var fast = Decode(file, rule);
            Assert.True(PictureFile.TryOpen(file, 3_000_000, out _, out var whole, out _));
            using var opened = whole;
            using var fitted = VipsImage.Fit(whole.Load(shrink: 1), new Preprocessing { InputSize = Side, Resize = rule });
            var difference = Pixels.Of(fitted).Zip(fast).Average(pair => Math.Abs(pair.First - pair.Second));
            Assert.True(difference < 2, $"{format} {rule}: mean difference {difference}");
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3000)]
    [InlineData(3000, 1)]
    [InlineData(3, 7)]
    public void Any_shape_works(int width, int height)
    {
        foreach (var format in (PictureFormat[])[PictureFormat.Jpeg, PictureFormat.Png, PictureFormat.WebP])
        {
            using var image = VipsImage.FromRgb(new byte[width * height * 3], width, height);
            var file = image.Encode(format);
            foreach (var rule in Enum.GetValues<ResizeRule>())
            {
                var rgb = Decode(file, rule);
                Assert.True(rgb[((Side * Side / 2) + (Side / 2)) * 3] < 10 || rule == ResizeRule.Pad);
            }

            Assert.True(PictureDecoder.TryThumbnail(file, 64, 10_000, out _, out var error), error?.Message);
        }
    }

    /// <summary>A quarter red, a half green, a quarter blue from left to right.</summary>
    private static byte[] Stripes(int width, int height)
    {
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            var x = i % width;
            rgb[(3 * i) + (x < width / 4 ? 0 : x < width * 3 / 4 ? 1 : 2)] = 255;
        }

        using var image = VipsImage.FromRgb(rgb, width, height);
        return image.Encode(PictureFormat.Png);
    }

    private static (Colour Colour, int From, int To) Red(int from, int to) => (new Colour(255, 0, 0), from, to);

    private static (Colour Colour, int From, int To) Green(int from, int to) => (new Colour(0, 255, 0), from, to);

    private static (Colour Colour, int From, int To) Blue(int from, int to) => (new Colour(0, 0, 255), from, to);

    private static byte[] Decode(byte[] file, ResizeRule rule)
    {
        Preprocessing preprocessing = new() { InputSize = Side, Resize = rule };
        var rgb = new byte[preprocessing.PixelBytes];
        Assert.True(PictureDecoder.TryDecode(file, preprocessing, 5_000_000, rgb, out var error), error?.Message);
        return rgb;
    }

    // The resampling filter rings a little at edges, so a pixel beside one is not looked at.
    private static void AssertRow(byte[] rgb, int row, (Colour Colour, int From, int To)[] parts)
    {
        foreach ((var colour, var from, var to) in parts)
        {
            for (var x = from == 0 ? 0 : from + 1; x < (to == Side ? Side : to - 1); x++)
            {
                var seen = Colour.At(rgb, Side, x, row);
                Assert.True(colour.Distance(seen) <= 40, $"row {row}, column {x}: {seen} instead of {colour}");
            }
        }
    }
}
