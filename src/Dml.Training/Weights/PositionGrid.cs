namespace Dml.Training.Weights;

/// <summary>
/// Resizes a grid of position embeddings: bicubic (a = -0.5) with antialias and half-pixel centres, as timm does,
/// which is the separable filter of the Pillow library.
/// </summary>
internal static class PositionGrid
{
    private const double A = -0.5;
    private const double Support = 2;

    /// <summary>[from, from, width] to [to, to, width], row-major.</summary>
    internal static float[] Resize(ReadOnlySpan<float> grid, int from, int to, int width)
    {
        var weights = Weights(from, to);
        var rows = new double[to * from * width];
        for (var y = 0; y < to; y++)
        {
            for (var source = 0; source < from; source++)
            {
                for (var i = 0; i < from * width; i++)
                {
                    rows[(y * from * width) + i] += weights[y, source] * grid[(source * from * width) + i];
                }
            }
        }

        var result = new float[to * to * width];
        for (var y = 0; y < to; y++)
        {
            for (var x = 0; x < to; x++)
            {
                for (var channel = 0; channel < width; channel++)
                {
                    double sum = 0;
                    for (var source = 0; source < from; source++)
                    {
                        sum += weights[x, source] * rows[(((y * from) + source) * width) + channel];
                    }

                    result[(((y * to) + x) * width) + channel] = (float)sum;
                }
            }
        }

        return result;
    }

    private static double[,] Weights(int from, int to)
    {
        var scale = (double)from / to;
        var stretch = Math.Max(scale, 1);
        var weights = new double[to, from];
        for (var target = 0; target < to; target++)
        {
            var centre = scale * (target + 0.5);
            var first = Math.Max((int)(centre - (Support * stretch) + 0.5), 0);
            var end = Math.Min((int)(centre + (Support * stretch) + 0.5), from);
            double sum = 0;
            for (var source = first; source < end; source++)
            {
                weights[target, source] = Cubic((source - centre + 0.5) / stretch);
                sum += weights[target, source];
            }

            for (var source = first; source < end; source++)
            {
                weights[target, source] /= sum;
            }
        }

        return weights;
    }

    private static double Cubic(double x)
    {
        x = Math.Abs(x);
        return x < 1 ? ((((A + 2) * x) - (A + 3)) * x * x) + 1
            : x < 2 ? ((((x - 5) * x) + 8) * x * A) - (4 * A)
            : 0;
    }
}
