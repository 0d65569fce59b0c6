namespace Dml.Embedding.Tests.Pictures;

public class OrientationTests
{
    // For each EXIF orientation: which quarter of the stored picture is seen top left, top right, bottom left, bottom right.
    public static TheoryData<int, int[]> Orientations => new()
    {
        { 1, [0, 1, 2, 3] },
        { 2, [1, 0, 3, 2] },
        { 3, [3, 2, 1, 0] },
        { 4, [2, 3, 0, 1] },
        { 5, [0, 2, 1, 3] },
        { 6, [2, 0, 3, 1] },
        { 7, [3, 1, 2, 0] },
        { 8, [1, 3, 0, 2] },
    };

    [Theory]
    [MemberData(nameof(Orientations))]
    public void Exif_rotates_and_mirrors(int orientation, int[] quarters)
    {
        var file = WithOrientation(Quadrants.File(PictureFormat.Jpeg), orientation);
        Assert.True(PictureDecoder.TryProbe(file, 1_000_000, out var info, out var error), error?.Message);
        Assert.Equal(orientation >= 5 ? (80, 120) : (120, 80), (info.Width, info.Height));

        Colour[] expected = [.. quarters.Select(quarter => Quadrants.Colours[quarter])];
        Quadrants.AssertColours(expected, Quadrants.Decode(file), 8);
        Quadrants.AssertColours(expected, Quadrants.Decode(file, ResizeRule.ShortSideCrop), 8);
    }

    [Fact]
    public void Rotation_and_shrink_on_load_go_together()
    {
        var file = WithOrientation(Quadrants.File(PictureFormat.Jpeg, 1200, 800), 6);
        int[] quarters = [2, 0, 3, 1];
        Quadrants.AssertColours(quarters.Select(quarter => Quadrants.Colours[quarter]), Quadrants.Decode(file), 8);
        Assert.True(PictureDecoder.TryThumbnail(file, 60, 1_000_000, out var webp, out _));
        Assert.True(PictureDecoder.TryProbe(webp, 1_000_000, out var info, out _));
        Assert.Equal((40, 60), (info.Width, info.Height));
    }

    // One IFD entry: tag 0x0112, type SHORT, count 1.
    internal static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif =
        [
            .. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0,
        ];
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg.AsSpan(2)];
    }
}
