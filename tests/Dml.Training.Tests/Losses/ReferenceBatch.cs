using static TorchSharp.torch;

namespace Dml.Training.Tests.Losses;

/// <summary>A small batch with known results, in double precision.</summary>
internal sealed class ReferenceBatch
{
    internal Tensor Embeddings { get; } = Leaf([1, .2, .6, .5, -.3, .9, .1, 1.1], 4, 2);

    internal Tensor Proxies { get; } = Leaf([.9, .1, .2, .8, -.7, .4], 3, 2);

    internal long[] Labels { get; } = [0, 0, 1, 1];

    internal static Tensor Leaf(double[] values, params long[] shape) => tensor(values, shape).requires_grad_(true);

    internal static void Close(double[] expected, Tensor? actual, double tolerance = 2e-8)
    {
        Assert.NotNull(actual);
        var values = actual.data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - values[i]) <= tolerance, $"entry {i}: expected {expected[i]:R}, got {values[i]:R}");
        }
    }
}
