using Dml.Api.Generations;

namespace Dml.Api.Map;

/// <summary>
/// Finds the two principal components of vectors, by orthogonal iteration on the covariance,
/// which is never formed (Golub and Van Loan, Matrix Computations, 8.2.4).
/// </summary>
internal static class PrincipalAxes
{
    private const int Axes = 2;
    private const int MostIterations = 200;
    private const float Settled = 1e-6f;

    /// <summary>The vectors' coordinates on the two axes, [items, 2].</summary>
    /// <param name="vectors">[items, dimension].</param>
    /// <param name="dimension">Components of a vector, at least 2.</param>
    /// <param name="cancel">Stops between two iterations.</param>
    public static float[] Project(float[] vectors, int dimension, CancellationToken cancel)
    {
        var count = vectors.Length / dimension;
        var centred = Centre(vectors, dimension);
        var axes = Find(centred, dimension, cancel);
        var places = new float[count * Axes];
        for (var i = 0; i < count; i++)
        {
            var row = centred.AsSpan(i * dimension, dimension);
            for (var axis = 0; axis < Axes; axis++)
            {
                places[(i * Axes) + axis] = DotProduct.Of(row, axes[axis]);
            }
        }

        return places;
    }

    /// <summary>The axes as unit vectors, the one with more variance first.</summary>
    /// <param name="centred">Vectors whose mean is zero, [items, dimension].</param>
    /// <param name="dimension">Components of a vector.</param>
    /// <param name="cancel">Stops between two iterations.</param>
    public static float[][] Find(float[] centred, int dimension, CancellationToken cancel)
    {
        var random = new Random(1);
        float[][] axes = [Direction(random, dimension), Direction(random, dimension)];
        MakeOrthonormal(axes);
        for (var iteration = 0; iteration < MostIterations; iteration++)
        {
            cancel.ThrowIfCancellationRequested();
            float[][] next = [Spread(centred, axes[0]), Spread(centred, axes[1])];
            MakeOrthonormal(next);
            var isSettled = axes.Zip(next).All(pair => 1 - MathF.Abs(DotProduct.Of(pair.First, pair.Second)) < Settled);
            axes = next;
            if (isSettled)
            {
                break;
            }
        }

        return axes;
    }

    public static float[] Centre(float[] vectors, int dimension)
    {
        var mean = new double[dimension];
        for (var i = 0; i < vectors.Length; i++)
        {
            mean[i % dimension] += vectors[i];
        }

        var count = Math.Max(1, vectors.Length / dimension);
        var centred = new float[vectors.Length];
        for (var i = 0; i < vectors.Length; i++)
        {
            centred[i] = (float)(vectors[i] - (mean[i % dimension] / count));
        }

        return centred;
    }

    // XᵀX·axis, row by row.
    private static float[] Spread(float[] centred, float[] axis)
    {
        var sum = new float[axis.Length];
        for (var start = 0; start < centred.Length; start += axis.Length)
        {
            var row = centred.AsSpan(start, axis.Length);
            var share = DotProduct.Of(row, axis);
            for (var i = 0; i < row.Length; i++)
            {
                sum[i] += share * row[i];
            }
        }

        return sum;
    }

    private static void MakeOrthonormal(float[][] axes)
    {
        Normalise(axes[0]);
        var overlap = DotProduct.Of(axes[0], axes[1]);
        for (var i = 0; i < axes[1].Length; i++)
        {
            axes[1][i] -= overlap * axes[0][i];
        }

        Normalise(axes[1]);
    }

    // A direction without variance stays zero: all items are on one line, or at one point.
    private static void Normalise(float[] vector)
    {
        var length = MathF.Sqrt(DotProduct.Of(vector, vector));
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = length > float.Epsilon ? vector[i] / length : 0;
        }
    }

    private static float[] Direction(Random random, int dimension)
    {
        var direction = new float[dimension];
        for (var i = 0; i < dimension; i++)
        {
            direction[i] = random.NextSingle() - 0.5f;
        }

        return direction;
    }
}
