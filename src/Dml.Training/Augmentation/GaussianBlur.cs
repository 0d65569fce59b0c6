using System.Buffers;

namespace Dml.Training.Augmentation;

/// <summary>Separable Gaussian blur of an interleaved RGB square, in place; the border is extended by its nearest pixels.</summary>
internal static class GaussianBlur
{
    public static void Apply(Span<byte> rgb, int side, float sigma)
    {
        var radius = Math.Max(1, (int)MathF.Ceiling(3 * sigma));
        var weights = Weights(radius, sigma);
        var rows = ArrayPool<float>.Shared.Rent(side * side * 3);
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                for (var channel = 0; channel < 3; channel++)
                {
                    var sum = 0f;
                    for (var d = -radius; d <= radius; d++)
                    {
                        sum += weights[d + radius] * rgb[(y * side + Math.Clamp(x + d, 0, side - 1)) * 3 + channel];
                    }

                    rows[(y * side + x) * 3 + channel] = sum;
                }
            }
        }

        var width = side * 3;
        for (var y = 0; y < side; y++)
        {
            for (var i = 0; i < width; i++)
            {
                var sum = 0.5f;
                for (var d = -radius; d <= radius; d++)
                {
                    sum += weights[d + radius] * rows[Math.Clamp(y + d, 0, side - 1) * width + i];
                }

                rgb[y * width + i] = (byte)Math.Min(sum, 255f);
            }
        }

        ArrayPool<float>.Shared.Return(rows);
    }

    private static float[] Weights(int radius, float sigma)
    {
        var weights = new float[2 * radius + 1];
        for (var d = -radius; d <= radius; d++)
        {
            weights[d + radius] = MathF.Exp(-d * d / (2 * sigma * sigma));
        }

        var total = weights.Sum();
        return [.. weights.Select(w => w / total)];
    }
}
