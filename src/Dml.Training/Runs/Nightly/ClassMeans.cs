using Dml.Training.Data;
using Dml.Training.Evaluation;
using Dml.Training.Losses;
using Dml.Training.Network;
using Dml.Training.Torch;

namespace Dml.Training.Runs.Nightly;

/// <summary>
/// Proxies that begin where their classes are. Random ones would tear a trained network apart before they find their places.
/// </summary>
internal static class ClassMeans
{
    /// <summary>Sets every parameter of the loss that has one row a class to the classes' mean embeddings.</summary>
    /// <param name="loss">Whose parameters.</param>
    /// <param name="network">Trained before; in evaluation mode.</param>
    /// <param name="pictures">Training pictures as the service would decode them.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="batchSize">Pictures per batch.</param>
    /// <param name="bfloat16">As in training.</param>
    /// <param name="progress">Reports the number of embedded pictures.</param>
    /// <param name="cancel">Stops.</param>
    public static void Give(
        EmbeddingLoss loss, EmbeddingNetwork network, PixelCache pictures, IReadOnlyList<int> labels, int batchSize, bool bfloat16,
        IProgress<int> progress, CancellationToken cancel)
    {
        var proxies = loss.named_parameters()
            .Select(p => p.parameter)
            .Where(p => p.shape is [var classes, var width] && classes == loss.Shape.Classes && width == network.Dimension)
            .ToList();
        if (proxies.Count == 0)
        {
            return;
        }

        var vectors = HeldOutEvaluation.Embed(new NetworkEmbedder(network, bfloat16), pictures, batchSize, progress, cancel);
        var means = new float[loss.Shape.Classes * network.Dimension];
        for (var i = 0; i < labels.Count; i++)
        {
            for (var d = 0; d < network.Dimension; d++)
            {
                means[(labels[i] * network.Dimension) + d] += vectors[(i * network.Dimension) + d];
            }
        }

        foreach (var proxy in proxies)
        {
            // A loss that uses proxies normalises them, or wants them of length one.
            proxy.FromFloats(UnitRows(means, network.Dimension));
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
