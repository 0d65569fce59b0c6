namespace Dml.Embedding.Tests.Pictures;

/// <summary>Pixels are computed strip by strip on the calling thread: they must be those that libvips's own threads compute.</summary>
public class StripTests
{
    [Theory]
    [InlineData(PictureFormat.Png, 700, 500)]
    [InlineData(PictureFormat.Jpeg, 700, 500)]
    [InlineData(PictureFormat.Jpeg, 1500, 900)]
    [InlineData(PictureFormat.WebP, 301, 977)]
    [InlineData(PictureFormat.Png, 33, 21)]
    [InlineData(PictureFormat.Jpeg, 64, 64)]
    public void Strips_are_to_the_bit_what_libvips_computes_whole(PictureFormat format, int width, int height)
    {
        var rgb = new byte[width * height * 3];
        new Random(width).NextBytes(rgb);
        using var noise = VipsImage.FromRgb(rgb, width, height);
        var bytes = noise.Encode(format);
        foreach (var rule in Enum.GetValues<ResizeRule>())
        {
            Preprocessing preprocessing = new() { InputSize = 64, Resize = rule };
            Assert.True(PictureFile.TryOpen(bytes, 10_000_000, out _, out var strips, out _));
            Assert.True(PictureFile.TryOpen(bytes, 10_000_000, out _, out var whole, out _));
            using (strips)
            using (whole)
            {
                using var byStrips = VipsImage.Fit(strips.Load(4), preprocessing);
                using var atOnce = VipsImage.Fit(whole.Load(4), preprocessing);
                Assert.Equal(atOnce.Image.WriteToMemory<byte>(), Pixels.Of(byStrips));
            }
        }
    }

    [Theory]
    [InlineData(PictureFormat.Png, 720, 1480)]
    [InlineData(PictureFormat.Png, 31, 3001)]
    [InlineData(PictureFormat.Jpeg, 481, 641)]
    [InlineData(PictureFormat.Jpeg, 900, 4001)]
    [InlineData(PictureFormat.WebP, 301, 977)]
    [InlineData(PictureFormat.Gif, 200, 301)]
    public async Task A_tall_picture_gives_the_square_that_libvips_cuts_out_on_any_number_of_threads(
        PictureFormat format, int width, int height)
    {
        var rgb = new byte[width * height * 3];
        new Random(width).NextBytes(rgb);
        using var noise = VipsImage.FromRgb(rgb, width, height);
        var bytes = format == PictureFormat.Gif ? noise.Image.GifsaveBuffer() : noise.Encode(format);
        foreach (var rule in (ResizeRule[])[ResizeRule.ShortSideCrop, ResizeRule.CentreCrop])
        {
            Preprocessing preprocessing = new() { InputSize = 64, Resize = rule };
            var scaled = preprocessing.ScaledSide;
            Assert.True(PictureFile.TryOpen(bytes, 10_000_000, out _, out var opened, out _));
            using var file = opened;
            using var cut = file.Load((double)width / scaled).ThumbnailImage(scaled, scaled, crop: NetVips.Enums.Interesting.Centre);
            using var square = cut.Gravity(NetVips.Enums.CompassDirection.Centre, 64, 64);
            var expected = square.WriteToMemory<byte>();

            // Libvips keeps its messages for all threads together, so that one cannot tell by them what became of a picture.
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
            {
                var pixels = new byte[preprocessing.PixelBytes];
                for (var i = 0; i < 20; i++)
                {
                    Assert.True(PictureDecoder.TryDecode(bytes, preprocessing, 10_000_000, pixels, out var error), error?.Message);
                    Assert.Equal(expected, pixels);
                }
            })));
        }
    }
}
