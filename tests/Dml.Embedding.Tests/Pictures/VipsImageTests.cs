namespace Dml.Embedding.Tests.Pictures;

public class VipsImageTests
{
    private const int Width = 23;
    private const int Height = 17;

    [Fact]
    public void Pixels_go_in_and_out_unchanged()
    {
        var rgb = Noise();
        using var image = VipsImage.FromRgb(rgb, Width, Height);
        Assert.Equal((Width, Height), (image.Width, image.Height));
        Assert.Equal(rgb, Pixels.Of(image));
        Assert.Equal(rgb, Pixels.OfFile(image.Encode(PictureFormat.Png)));
        Assert.Throws<ArgumentException>(() => image.ToRgb(new byte[5]));
        Assert.Throws<ArgumentException>(() => VipsImage.FromRgb(rgb, Width, Height + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.Encode(PictureFormat.Gif));
    }

    [Fact]
    public void A_disposed_image_says_so()
    {
        var image = VipsImage.FromRgb(Noise(), Width, Height);
        image.Dispose();
        image.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Pixels.Of(image));
        Assert.Throws<ObjectDisposedException>(() => image.Encode(PictureFormat.Png));
    }

    private static byte[] Noise()
    {
        var rgb = new byte[Width * Height * 3];
        new Random(11).NextBytes(rgb);
        return rgb;
    }
}
