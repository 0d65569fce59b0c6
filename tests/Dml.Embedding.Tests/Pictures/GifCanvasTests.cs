using System.Buffers.Binary;

namespace Dml.Embedding.Tests.Pictures;

/// <summary>What the first picture of a GIF leaves open is white, as everything transparent is.</summary>
public class GifCanvasTests
{
    private static readonly Colour Red = new(200, 0, 0);

    [Theory]
    [InlineData(64, 64, 0, 0, "RRRR")]
    [InlineData(128, 128, 64, 64, "WWWR")]
    [InlineData(128, 64, 0, 0, "RWRW")]
    [InlineData(64, 128, 0, 64, "WWRR")]
    public void The_rest_of_the_canvas_is_white(int width, int height, int left, int top, string quarters)
    {
        var file = Animations.Gif(Red, new Colour(0, 0, 200));
        Set(file, 6, width);
        Set(file, 8, height);
        var first = file.AsSpan().IndexOf((byte[])[0x2C, 0, 0, 0, 0]);
        Set(file, first + 1, left);
        Set(file, first + 3, top);
        Quadrants.AssertColours(quarters.Select(letter => letter == 'R' ? Red : Colour.White), Quadrants.Decode(file), tolerance: 2);
        Assert.True(PictureDecoder.TryThumbnail(file, 64, 1_000_000, out var thumbnail, out _));
        Quadrants.AssertColours(quarters.Select(letter => letter == 'R' ? Red : Colour.White), Quadrants.Decode(thumbnail), tolerance: 12);
    }

    private static void Set(byte[] file, int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), (ushort)value);
}
