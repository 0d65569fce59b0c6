using System.Numerics.Tensors;

namespace Dml.Onnx;

/// <summary>A weight matrix in whole numbers: each row is its values times its scale, the largest of a row is +-127.</summary>
/// <param name="Values">[rows, columns].</param>
/// <param name="Scales">[rows].</param>
public sealed record QuantizedRows(sbyte[] Values, float[] Scales)
{
    private const float Largest = 127;

    /// <summary>Rounds each row to its own scale.</summary>
    /// <param name="weights">[rows, columns].</param>
    /// <param name="rows">How many.</param>
    public static QuantizedRows Of(float[] weights, int rows)
    {
        var columns = weights.Length / rows;
        var (values, scales) = (new sbyte[weights.Length], new float[rows]);
        for (var row = 0; row < rows; row++)
        {
            var source = weights.AsSpan(row * columns, columns);
            var largest = MathF.Abs(TensorPrimitives.MaxMagnitude<float>(source));
            // A row of zeros has no scale of its own.
            scales[row] = largest > 0 ? largest / Largest : 1;
            for (var i = 0; i < columns; i++)
            {
                values[(row * columns) + i] = (sbyte)MathF.Round(source[i] / scales[row]);
            }
        }

        return new(values, scales);
    }

    /// <summary>A bias in the steps of the sums that these rows and an input make.</summary>
    /// <param name="bias">[rows].</param>
    /// <param name="inputScale">Size of a step of the input.</param>
    /// <returns>The bias in whole steps, and the size of a step of each sum.</returns>
    public (int[] Steps, float[] Scales) Bias(float[] bias, float inputScale)
    {
        float[] scales = [.. Scales.Select(scale => scale * inputScale)];
        int[] steps =
            [.. bias.Zip(scales, (value, scale) => (int)Math.Clamp(Math.Round((double)value / scale), int.MinValue, int.MaxValue))];
        return (steps, scales);
    }
}
