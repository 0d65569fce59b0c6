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

    /// <summary>
    /// All of a state by its names: convolutions sqrt(12) sqrt(2 / fan-in) u, matrices sqrt(12) sqrt(1 / fan-in) u, tokens and positions
    /// 0.2 sqrt(12) u, variances 1 + u / 2, means and biases u / 10, everything else 3 / 4 + u / 2.
    /// </summary>
    internal static T FillAll<T>(T network) where T : Backbone
    {
        foreach (var (name, tensor) in network.state_dict().Where(t => !t.Key.EndsWith("tracked", StringComparison.Ordinal)))
        {
            Func<double, double> value = tensor.dim() switch
            {
                4 => u => Math.Sqrt(12 * 2.0 * tensor.shape[0] / tensor.numel()) * u,
                3 => u => 0.2 * Math.Sqrt(12) * u,
                2 => u => Math.Sqrt(12.0 * tensor.shape[0] / tensor.numel()) * u,
                _ when name.EndsWith("running_var", StringComparison.Ordinal) => u => 1 + (u / 2),
                _ when name.EndsWith("running_mean", StringComparison.Ordinal) || name.EndsWith("bias", StringComparison.Ordinal) =>
                    u => u / 10,
                _ => u => 0.75 + (u / 2),
            };
            tensor.FromFloats([.. NamedWeights.Draw(name, tensor.numel()).Select(u => (float)value(u))]);
        }

        network.eval();
        return network;
    }

    /// <summary>The first five values, their mean and deviation, to within <paramref name="tolerance"/> of the deviation.</summary>
    internal static void Like(double[] first, double mean, double deviation, float[] actual, double tolerance = 1e-5)
    {
        Close(first, actual, tolerance * deviation);
        Statistics(actual, mean, deviation, tolerance * deviation);
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
