using System.Numerics;

namespace Dml.Training.Augmentation;

/// <summary>
/// Carries out a plan in one pass over the result: bilinear sampling of the source through the affine map, then the colour matrix, then an
/// optional separable blur.
/// </summary>
internal static class PictureSampler
{
    /// <param name="source">Interleaved RGB, [side, side, 3].</param>
    /// <param name="sourceSide">Side of the source in pixels.</param>
    /// <param name="plan">The changes.</param>
    /// <param name="result">Interleaved RGB, [side, side, 3], written here.</param>
    /// <param name="resultSide">Side of the result in pixels.</param>
    public static void Render(ReadOnlySpan<byte> source, int sourceSide, AugmentationPlan plan, Span<byte> result, int resultSide)
    {
        var map = PixelMap(plan.SourceFromResult, sourceSide, resultSide);
        var paper = plan.Outside switch { Outside.White => 255f, Outside.Black => 0f, _ => -1f };
        var colour = Matrix4x4.CreateScale(1 / 255f) * plan.Colour * Matrix4x4.CreateScale(255);
        var (red, green, blue, shift) = (Row(colour, 0), Row(colour, 1), Row(colour, 2), Row(colour, 3) + new Vector4(0.5f));
        var step = new Vector2(map.M11, map.M12);
        var at = 0;
        for (var y = 0; y < resultSide; y++)
        {
            var point = Vector2.Transform(new Vector2(0, y), map);
            for (var x = 0; x < resultSide; x++, point += step, at += 3)
            {
                var c = Bilinear(source, sourceSide, point, paper);
                c = Vector4.Clamp(red * c.X + green * c.Y + blue * c.Z + shift, Vector4.Zero, new Vector4(255.5f));
                result[at] = (byte)c.X;
                result[at + 1] = (byte)c.Y;
                result[at + 2] = (byte)c.Z;
            }
        }

        if (plan.BlurSigma > 0)
        {
            GaussianBlur.Apply(result, resultSide, plan.BlurSigma);
        }
    }

    // From the squares of the plan to pixel centres: -1 and 1 are the outer borders of the first and the last pixel.
    private static Matrix3x2 PixelMap(Matrix3x2 sourceFromResult, int sourceSide, int resultSide)
        => Matrix3x2.CreateTranslation(new Vector2(0.5f - resultSide / 2f))
        * Matrix3x2.CreateScale(2f / resultSide)
        * sourceFromResult
        * Matrix3x2.CreateScale(sourceSide / 2f)
        * Matrix3x2.CreateTranslation(new Vector2(sourceSide / 2f - 0.5f));

    private static Vector4 Row(Matrix4x4 m, int row) => new(m[row, 0], m[row, 1], m[row, 2], 0);

    private static Vector4 Bilinear(ReadOnlySpan<byte> source, int side, Vector2 point, float paper)
    {
        var (left, top) = (MathF.Floor(point.X), MathF.Floor(point.Y));
        var (dx, dy) = (point.X - left, point.Y - top);
        var (x, y) = ((int)left, (int)top);
        var upper = Vector4.Lerp(Pixel(source, side, x, y, paper), Pixel(source, side, x + 1, y, paper), dx);
        var lower = Vector4.Lerp(Pixel(source, side, x, y + 1, paper), Pixel(source, side, x + 1, y + 1, paper), dx);
        return Vector4.Lerp(upper, lower, dy);
    }

    private static Vector4 Pixel(ReadOnlySpan<byte> source, int side, int x, int y, float paper)
    {
        if ((uint)x >= (uint)side || (uint)y >= (uint)side)
        {
            if (paper >= 0)
            {
                return new Vector4(paper);
            }

            (x, y) = (Math.Clamp(x, 0, side - 1), Math.Clamp(y, 0, side - 1));
        }

        var pixel = source.Slice((y * side + x) * 3, 3);
        return new Vector4(pixel[0], pixel[1], pixel[2], 0);
    }
}
