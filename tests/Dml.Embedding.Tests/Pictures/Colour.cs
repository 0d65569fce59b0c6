namespace Dml.Embedding.Tests.Pictures;

internal readonly record struct Colour(byte Red, byte Green, byte Blue)
{
    internal static Colour White => new(255, 255, 255);

    internal static Colour At(ReadOnlySpan<byte> rgb, int width, int x, int y)
    {
        var start = ((y * width) + x) * 3;
        return new Colour(rgb[start], rgb[start + 1], rgb[start + 2]);
    }

    internal int Luma => (int)Math.Round((0.2126 * Red) + (0.7152 * Green) + (0.0722 * Blue));

    internal int Distance(Colour other) =>
        Math.Max(Math.Abs(Red - other.Red), Math.Max(Math.Abs(Green - other.Green), Math.Abs(Blue - other.Blue)));

    internal void CopyTo(Span<byte> rgb)
    {
        rgb[0] = Red;
        rgb[1] = Green;
        rgb[2] = Blue;
    }
}
