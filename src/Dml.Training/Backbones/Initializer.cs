using Dml.Training.Torch;
using static TorchSharp.torch;

namespace Dml.Training.Backbones;

/// <summary>
/// Draws initial weights from one seeded stream of our own, so that a seed means the same weights on every libtorch version and device.
/// </summary>
public sealed class Initializer
{
    private readonly Random _random;

    /// <summary>Starts the stream.</summary>
    public Initializer(int seed) => _random = new Random(seed);

    /// <summary>Fills with N(0, <paramref name="deviation"/>).</summary>
    public void Normal(Tensor tensor, double deviation) => Fill(tensor, () => deviation * Gaussian());

    /// <summary>Fills with N(0, <paramref name="deviation"/>), redrawing values beyond +-<paramref name="cut"/> (absolute).</summary>
    public void TruncatedNormal(Tensor tensor, double deviation, double cut) => Fill(tensor, () =>
    {
        double value;
        do
        {
            value = deviation * Gaussian();
        }
        while (Math.Abs(value) > cut);

        return value;
    });

    /// <summary>Fills with the uniform distribution on +-<paramref name="bound"/>.</summary>
    public void Uniform(Tensor tensor, double bound) => Fill(tensor, () => bound * ((2 * _random.NextDouble()) - 1));

    /// <summary>Fills with the uniform distribution on +-1 / sqrt(fan-in); the fan-in is the elements behind the first dimension.</summary>
    public void FanIn(Tensor tensor) => Uniform(tensor, Math.Sqrt((double)tensor.shape[0] / tensor.numel()));

    private static void Fill(Tensor tensor, Func<double> draw)
    {
        var values = new float[tensor.numel()];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)draw();
        }

        tensor.FromFloats(values);
    }

    private double Gaussian() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
