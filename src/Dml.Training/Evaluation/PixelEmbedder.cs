using System.Numerics.Tensors;

namespace Dml.Training.Evaluation;

/// <summary>The pixels themselves, less their mean, made a unit vector: a baseline without any network.</summary>
/// <param name="inputSize">Side of the pictures in pixels.</param>
internal sealed class PixelEmbedder(int inputSize) : IPictureEmbedder
{
    public int InputSize => inputSize;

    public int Dimension => inputSize * inputSize * 3;

    public void Embed(ReadOnlySpan<byte> rgb, int count, Span<float> vectors)
    {
        TensorPrimitives.ConvertTruncating<byte, float>(rgb[..(count * Dimension)], vectors);
        for (var i = 0; i < count; i++)
        {
            var vector = vectors.Slice(i * Dimension, Dimension);
            TensorPrimitives.Subtract(vector, TensorPrimitives.Sum(vector) / Dimension, vector);
            // A picture of one colour has no direction; any will do.
            vector[0] = TensorPrimitives.Norm(vector) > 0 ? vector[0] : 1;
            TensorPrimitives.Divide(vector, TensorPrimitives.Norm(vector), vector);
        }
    }
}
