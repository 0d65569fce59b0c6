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
}
