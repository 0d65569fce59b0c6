using System.Numerics.Tensors;

namespace Dml.Training.Onnx;

/// <summary>A weight matrix in whole numbers: each row is its values times its scale, the largest of a row is +-127.</summary>
internal sealed record QuantizedRows(sbyte[] Values, float[] Scales)
{
    private const float Largest = 127;

    internal static QuantizedRows Of(float[] weights, int rows)
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
}
