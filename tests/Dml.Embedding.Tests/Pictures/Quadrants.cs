using NetVips;

namespace Dml.Embedding.Tests.Pictures;

/// <summary>A picture of four coloured quarters, whose colours show what became of it.</summary>
internal static class Quadrants
{
    internal static readonly Colour[] Colours = [new(200, 40, 40), new(40, 160, 60), new(50, 60, 190), new(210, 200, 60)];

    internal static byte[] Rgb(int width, int height)
    {
        var rgb = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                Colours[(y * 2 / height * 2) + (x * 2 / width)].CopyTo(rgb.AsSpan(((y * width) + x) * 3));
            }
        }

        return rgb;
    }

    internal static Image Image(int width = 120, int height = 80) => Bands(Rgb(width, height), width, height, 3, Enums.Interpretation.Srgb);

    internal static byte[] File(PictureFormat format, int width = 120, int height = 80)
    {
        using var image = VipsImage.FromRgb(Rgb(width, height), width, height);
        return image.Encode(format);
    }

    /// <summary>Pixels of any number of bands.</summary>
    internal static Image Bands(ReadOnlySpan<byte> pixels, int width, int height, int bands, Enums.Interpretation interpretation)
    {
        using var raw = NetVips.Image.NewFromMemoryCopy(pixels, width, height, bands, Enums.BandFormat.Uchar);
        return raw.Copy(interpretation: interpretation);
    }

    /// <summary>Decodes to a square and returns the colours in the middle of its quarters.</summary>
    internal static Colour[] Decode(byte[] file, ResizeRule rule = ResizeRule.Squash)
    {
        Preprocessing preprocessing = new() { InputSize = 32, Resize = rule };
        var rgb = new byte[preprocessing.PixelBytes];
        Assert.True(PictureDecoder.TryDecode(file, preprocessing, 1_000_000, rgb, out var error), error?.Message);
        return [Colour.At(rgb, 32, 8, 8), Colour.At(rgb, 32, 24, 8), Colour.At(rgb, 32, 8, 24), Colour.At(rgb, 32, 24, 24)];
    }

    internal static void AssertColours(IEnumerable<Colour> expected, IEnumerable<Colour> actual, int tolerance)
    {
        foreach ((var want, var got) in expected.Zip(actual))
        {
            Assert.True(want.Distance(got) <= tolerance, $"expected {want}, got {got}, tolerance {tolerance}");
        }
    }
}
