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

    /// <summary>
    /// Fills with a random matrix of orthonormal rows, or columns where there are fewer; what is behind the first dimension is one row.
    /// A. M. Saxe, J. L. McClelland, S. Ganguli, arXiv 1312.6120.
    /// </summary>
    public void Orthogonal(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var rows = tensor.shape[0];
        var drawn = zeros(rows, tensor.numel() / rows);
        Normal(drawn, 1);
        var tall = rows < drawn.shape[1] ? drawn.t() : drawn;
        var (q, r) = linalg.qr(tall.to(float64));
        // The signs make the draw uniform over all such matrices.
        var signed = q * r.diagonal().sign();
        tensor.copy_((rows < drawn.shape[1] ? signed.t() : signed).reshape(tensor.shape));
    }

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
