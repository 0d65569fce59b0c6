using Dml.Training.Backbones;
using Dml.Training.Torch;

namespace Dml.Training.Tests.Backbones;

/// <summary>Fills convolutional networks from their names and compares layers with printed values.</summary>
internal static class ReferenceCheck
{
    /// <summary>Convolutions sqrt(12) sqrt(2 / fan-in) u, their biases 0.02 sqrt(12) u; batch norms stay one and zero.</summary>
    internal static T Fill<T>(T network) where T : LayeredBackbone
    {
        foreach (var (name, parameter) in network.named_parameters().Where(p => !p.name.Contains("bn.", StringComparison.Ordinal)))
        {
            var scale = parameter.dim() == 1 ? 0.02 : Math.Sqrt(2.0 * parameter.shape[0] / parameter.numel());
            parameter.FromFloats([.. NamedWeights.Draw(name, parameter.numel()).Select(u => (float)(Math.Sqrt(12) * scale * u))]);
        }

        network.eval();
        return network;
    }

    internal static void Close(double[] expected, ReadOnlySpan<float> actual, double tolerance = 1e-4)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }

    internal static void Statistics(float[] values, double mean, double deviation, double tolerance = 1e-4)
    {
        var average = values.Average(v => (double)v);
        Assert.Equal(mean, average, tolerance);
        Assert.Equal(deviation, Math.Sqrt(values.Average(v => (v - average) * (v - average))), tolerance);
    }

    internal static double Length(float[] values) => Math.Sqrt(values.Sum(v => (double)v * v));
}
