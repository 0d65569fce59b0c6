using System.Security.Cryptography;
using static Dml.Embedding.Tests.Pictures.OrientationTests;

namespace Dml.Embedding.Tests.Pictures;

public class RegionTests
{
    private static readonly Preprocessing Small = new() { InputSize = 32 };

    // Left edge and upper edge of the four quarters.
    private static readonly (double X, double Y)[] Corners = [(0, 0), (0.5, 0), (0, 0.5), (0.5, 0.5)];

    [Theory]
    [MemberData(nameof(Orientations), MemberType = typeof(OrientationTests))]
    public void A_region_is_cut_out_of_the_picture_as_it_is_seen(int orientation, int[] quarters)
    {
        foreach (var rule in Enum.GetValues<ResizeRule>())
        {
            foreach (var (width, height) in new[] { (120, 80), (80, 120), (1200, 800) })
            {
                var file = WithOrientation(Quadrants.File(PictureFormat.Jpeg, width, height), orientation);
                for (var i = 0; i < 4; i++)
                {
                    // A little inside the quarter: JPEG blurs its edges.
                    var rgb = Decode(file, new(Corners[i].X + 0.1, Corners[i].Y + 0.1, 0.3, 0.2), Small with { Resize = rule });
                    Quadrants.AssertColours([Quadrants.Colours[quarters[i]]], [Colour.At(rgb, 32, 16, 16)], 8);
                }
            }
        }
    }

    [Theory]
    [InlineData(PictureFormat.Png)]
    [InlineData(PictureFormat.WebP)]
    public void It_is_the_same_as_a_picture_of_that_part(PictureFormat format)
    {
        const int Width = 400, Height = 300;
        var rgb = new byte[Width * Height * 3];
        for (var i = 0; i < rgb.Length; i++)
        {
            rgb[i] = (byte)(127 + (60 * Math.Sin(i / 3 % Width / 9.0)) + (60 * Math.Cos(i / 3 / Width / 7.0 * (i % 3 + 1))));
        }

        using var whole = VipsImage.FromRgb(rgb, Width, Height);
        var part = new byte[200 * 150 * 3];
        for (var y = 0; y < 150; y++)
        {
            rgb.AsSpan((((y + 60) * Width) + 100) * 3, 200 * 3).CopyTo(part.AsSpan(y * 200 * 3));
        }

        using var cut = VipsImage.FromRgb(part, 200, 150);

        var ofRegion = Decode(whole.Encode(format, quality: 100), new(0.25, 0.2, 0.5, 0.5), Small);
        var ofPart = Decode(cut.Encode(format, quality: 100), null, Small);

        var most = ofRegion.Zip(ofPart, (one, other) => Math.Abs(one - other)).Max();
        Assert.True(most <= (format == PictureFormat.Png ? 0 : 40), $"{most} levels apart");
    }

    [Fact]
    public void One_of_less_than_a_pixel_has_one()
    {
        var rgb = Decode(Quadrants.File(PictureFormat.Png, 8, 8), new(0.98, 0, 0.01, 0.01), Small);
        Quadrants.AssertColours([Quadrants.Colours[1]], [Colour.At(rgb, 32, 16, 16)], 1);
    }

    [Theory]
    [InlineData(PictureFormat.Png)]
    [InlineData(PictureFormat.Jpeg)]
    public void A_file_that_is_cut_off_within_it_is_refused(PictureFormat format)
    {
        // Random pixels, which take the same number of bytes everywhere.
        using var noise = VipsImage.FromRgb(RandomNumberGenerator.GetBytes(300 * 300 * 3), 300, 300);
        var file = noise.Encode(format);

        Assert.Null(Refused(file, new(0, 0.4, 1, 0.6)));
        Assert.Equal(PictureProblem.Damaged, Refused(file[..(file.Length / 2)], new(0, 0.4, 1, 0.6)));
    }

    [Theory]
    [InlineData(0, 0, 1, 1, true)]
    [InlineData(0.99, 0.99, 0.01, 0.01, true)]
    [InlineData(0.333, 0, 0.6670001, 1, true)]
    [InlineData(-0.01, 0, 0.5, 0.5, false)]
    [InlineData(0.6, 0, 0.5, 0.5, false)]
    [InlineData(0, 0.6, 0.5, 0.5, false)]
    [InlineData(0, 0, 0.009, 0.5, false)]
    [InlineData(0, 0, 0.5, 0, false)]
    [InlineData(double.NaN, 0, 0.5, 0.5, false)]
    [InlineData(0, 0, double.NaN, 0.5, false)]
    [InlineData(0, 0, double.PositiveInfinity, 0.5, false)]
    public void It_must_lie_in_the_picture(double x, double y, double width, double height, bool isValid) =>
        Assert.Equal(isValid, new PictureRegion(x, y, width, height).IsValid);

    private static byte[] Decode(byte[] file, PictureRegion? region, Preprocessing preprocessing)
    {
        var rgb = new byte[preprocessing.PixelBytes];
        Assert.True(TryDecode(file, region, preprocessing, rgb, out var error), error?.Message);
        return rgb;
    }

    private static PictureProblem? Refused(byte[] file, PictureRegion region) =>
        TryDecode(file, region, Small, new byte[Small.PixelBytes], out var error) ? null : error?.Problem;

    private static bool TryDecode(byte[] bytes, PictureRegion? region, Preprocessing preprocessing, byte[] rgb, out PictureError? error)
    {
        Assert.True(PictureFile.TryOpen(bytes, 2_000_000, out _, out var file, out error), error?.Message);
        using (file)
        {
            return PictureDecoder.TryDecode(file, bytes, preprocessing, region, rgb, out error);
        }
    }
}
