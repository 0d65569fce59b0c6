using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Torch.Tests;

/// <summary>Inputs that need no random generator: element i is sin(k i), in float64.</summary>
internal static class Waves
{
    public static Tensor Of(double k, params long[] shape)
    {
        double[] values = new double[shape.TotalSize()];
        for (int i = 0; i < values.Length; i++) values[i] = Math.Sin(k * i);
        return tensor(values, shape);
    }

    /// <summary>Two numbers that together pin a tensor down: its sum, and its product with cos(0.37 i).</summary>
    public static (double Sum, double Dot) Fingerprint(Tensor tensor)
    {
        using Tensor wide = tensor.detach().to(ScalarType.Float64);
        double sum = 0, dot = 0;
        double[] values = wide.data<double>().ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            sum += values[i];
            dot += values[i] * Math.Cos(0.37 * i);
        }
        return (sum, dot);
    }
}
