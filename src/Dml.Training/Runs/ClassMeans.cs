using Dml.Training.Losses;
using Dml.Training.Torch;
using TorchSharp.Modules;

namespace Dml.Training.Runs;

/// <summary>
/// Proxies that begin where their classes are. Random ones would tear a trained network apart before they find their places.
/// </summary>
internal static class ClassMeans
{
    /// <summary>Sets the proxies of a loss to the classes' mean embeddings; one without proxies stays as it is.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="dimension">Length of an embedding.</param>
    /// <param name="vectors">
    /// Gives those of the training pictures as the service would decode them, by the network as it is: [pictures, dimension].
    /// </param>
    /// <param name="labels">Their classes.</param>
    public static void Give(EmbeddingLoss loss, int dimension, Func<float[]> vectors, IReadOnlyList<int> labels)
    {
        if (Proxies(loss, dimension) is { Count: > 0 } proxies)
        {
            Give(proxies, vectors(), labels);
        }
    }

    // The parameters of a loss that have one row a class.
    private static IReadOnlyList<Parameter> Proxies(EmbeddingLoss loss, int dimension) =>
    [
        .. loss.named_parameters()
            .Select(p => p.parameter)
            .Where(p => p.shape is [var classes, var width] && classes == loss.Shape.Classes && width == dimension),
    ];

    private static void Give(IReadOnlyList<Parameter> proxies, float[] vectors, IReadOnlyList<int> labels)
    {
        var (classes, dimension) = ((int)proxies[0].shape[0], (int)proxies[0].shape[1]);
        var means = new float[classes * dimension];
        for (var i = 0; i < labels.Count; i++)
        {
            for (var d = 0; d < dimension; d++)
            {
                means[(labels[i] * dimension) + d] += vectors[(i * dimension) + d];
            }
        }

        foreach (var proxy in proxies)
        {
            // A loss that uses proxies normalises them, or wants them of length one.
            proxy.FromFloats(UnitRows(means, dimension));
        }
    }

    private static float[] UnitRows(float[] rows, int width)
    {
        var result = new float[rows.Length];
        for (var first = 0; first < rows.Length; first += width)
        {
            var row = rows.AsSpan(first, width);
            var length = MathF.Max(System.Numerics.Tensors.TensorPrimitives.Norm((ReadOnlySpan<float>)row), 1e-12f);
            System.Numerics.Tensors.TensorPrimitives.Divide(row, length, result.AsSpan(first, width));
        }

        return result;
    }
}
