namespace Dml.Embedding.Tests.Pictures;

/// <summary>The operations of training's augmentation, each against the plainest loop that says what it should do.</summary>
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
        Assert.Equal(rgb, image.ToRgb());
        using var again = VipsImage.Decode(image.Encode(PictureFormat.Png), 1000);
        Assert.Equal(rgb, again.ToRgb());
        Assert.Throws<ArgumentException>(() => image.ToRgb(new byte[5]));
        Assert.Throws<ArgumentException>(() => VipsImage.FromRgb(rgb, Width, Height + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => image.Encode(PictureFormat.Gif));
    }

    [Fact]
    public void Crop() => AssertMoved(image => image.Crop(4, 3, 10, 9), 10, 9, (x, y) => (x + 4, y + 3));

    [Fact]
    public void Crop_outside_is_refused()
    {
        using var image = VipsImage.FromRgb(Noise(), Width, Height);
        Assert.Contains("extract_area", Assert.Throws<VipsException>(() => image.Crop(20, 0, 10, 5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Flip() => AssertMoved(image => image.Flip(), Width, Height, (x, y) => (Width - 1 - x, y));

    [Fact]
    public void Affine_moves_by_whole_pixels() =>
        AssertMoved(image => image.Affine([1, 0, 0, 1], 3, 2, 30, 20, background: 77), 30, 20, (x, y) => (x - 3, y - 2), background: 77);

    [Fact]
    public void Affine_turns_by_a_quarter() =>
        AssertMoved(image => image.Affine([0, -1, 1, 0], Height - 1, 0, Height, Width), Height, Width, (x, y) => (y, Height - 1 - x));

    [Fact]
    public void Recomb_and_linear_are_exact_until_the_end()
    {
        var rgb = Noise();
        double[] matrix = [0.5, 0.25, 0.1, -0.2, 1.1, 0.3, 0, 0.4, 0.7];
        using var image = VipsImage.FromRgb(rgb, Width, Height);
        using var mixed = image.Recomb(matrix);
        using var changed = mixed.Linear([1.2, 0.9, 1], [-20, 5, 0.4]);
        var actual = changed.ToRgb();
        double[] scale = [1.2, 0.9, 1];
        double[] offset = [-20, 5, 0.4];
        for (var pixel = 0; pixel < Width * Height; pixel++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                var sum = Enumerable.Range(0, 3).Sum(k => matrix[(3 * channel) + k] * rgb[(3 * pixel) + k]);
                var expected = Math.Clamp((sum * scale[channel]) + offset[channel], 0, 255);
                Assert.True(Math.Abs(expected - actual[(3 * pixel) + channel]) <= 0.51, $"{expected} became {actual[(3 * pixel) + channel]}");
            }
        }

        Assert.Throws<ArgumentException>(() => image.Recomb([1, 2, 3]));
    }

    [Fact]
    public void Blur_is_a_weighted_mean()
    {
        var rgb = new byte[31 * 31 * 3];
        new Colour(250, 250, 250).CopyTo(rgb.AsSpan(((15 * 31) + 15) * 3));
        using var image = VipsImage.FromRgb(rgb, 31, 31);
        using var bright = image.Linear([100], [0]);
        using var blurred = bright.Blur(2);
        var actual = blurred.ToRgb();
        // 25,000 spread by a Gaussian of sigma 2 over whole pixels.
        var total = Enumerable.Range(-15, 31).Sum(x => Math.Exp(-x * x / 8.0));
        for (var distance = 4; distance <= 5; distance++)
        {
            var expected = Math.Min(255, 25000 * Math.Exp(-distance * distance / 8.0) / (total * total));
            Assert.Equal(expected, actual[((15 * 31) + 15 + distance) * 3], 0.1 * expected);
        }

        Assert.Equal(0, actual[0]);
    }

    [Fact]
    public void Resize_keeps_the_mean()
    {
        var rgb = Quadrants.Rgb(64, 48);
        using var image = VipsImage.FromRgb(rgb, 64, 48);
        using var small = image.Resize(16, 20);
        Assert.Equal((16, 20), (small.Width, small.Height));
        Assert.Equal(rgb.Average(value => value), small.ToRgb().Average(value => value), 2.0);
    }

    [Fact]
    public void Decode_can_shrink_but_never_grows()
    {
        var file = Quadrants.File(PictureFormat.Jpeg, 600, 400);
        using var small = VipsImage.Decode(file, 1_000_000, shortSide: 50);
        Assert.Equal((75, 50), (small.Width, small.Height));
        using var same = VipsImage.Decode(file, 1_000_000, shortSide: 500);
        Assert.Equal((600, 400), (same.Width, same.Height));
        var refused = Assert.Throws<PictureException>(() => VipsImage.Decode(file, 1000));
        Assert.Equal(PictureProblem.TooManyPixels, refused.Error.Problem);
        Assert.Equal(PictureProblem.Damaged,
            Assert.Throws<PictureException>(() => VipsImage.Decode(file.AsSpan(0, file.Length / 2), 1_000_000)).Error.Problem);
    }

    [Fact]
    public void A_disposed_image_says_so()
    {
        var image = VipsImage.FromRgb(Noise(), Width, Height);
        var crop = image.Crop(0, 0, 5, 5);
        image.Dispose();
        image.Dispose();
        Assert.Throws<ObjectDisposedException>(() => image.Width);
        Assert.Throws<ObjectDisposedException>(() => image.Crop(0, 0, 1, 1));
        // What was made from it lives on its own.
        Assert.Equal(75, crop.ToRgb().Length);
        crop.Dispose();
    }

    private static byte[] Noise()
    {
        var rgb = new byte[Width * Height * 3];
        new Random(11).NextBytes(rgb);
        return rgb;
    }

    private static void AssertMoved(
        Func<VipsImage, VipsImage> operation, int width, int height, Func<int, int, (int X, int Y)> source, byte background = 255)
    {
        var rgb = Noise();
        using var image = VipsImage.FromRgb(rgb, Width, Height);
        using var moved = operation(image);
        Assert.Equal((width, height), (moved.Width, moved.Height));
        var actual = moved.ToRgb();
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                (var fromX, var fromY) = source(x, y);
                var inside = fromX is >= 0 and < Width && fromY is >= 0 and < Height;
                var expected = inside ? Colour.At(rgb, Width, fromX, fromY) : new Colour(background, background, background);
                Assert.Equal(expected, Colour.At(actual, width, x, y));
            }
        }
    }
}
