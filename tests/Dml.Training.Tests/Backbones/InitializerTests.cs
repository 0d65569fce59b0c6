using Dml.Training.Backbones;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Backbones;

public sealed class InitializerTests
{
    [Fact]
    public void Distributions_have_their_deviation_and_bounds()
    {
        using var scope = NewDisposeScope();
        var tensor = zeros([100, 50, 3, 3]);
        var initializer = new Initializer(1);
        initializer.Normal(tensor, 0.5);
        Assert.Equal(0.5, Deviation(tensor), 0.01);
        initializer.TruncatedNormal(tensor, 1, 1.5);
        Assert.InRange(tensor.ToFloats().Max(), 1.4f, 1.5f);
        Assert.Equal(0.7426, Deviation(tensor), 0.01);
        initializer.Uniform(tensor, 0.2);
        Assert.InRange(tensor.ToFloats().Max(), 0.199f, 0.2f);
        Assert.InRange(tensor.ToFloats().Min(), -0.2f, -0.199f);
        Assert.Equal(0.2 / Math.Sqrt(3), Deviation(tensor), 0.001);
    }

    private static double Deviation(Tensor tensor) => Math.Sqrt(tensor.ToFloats().Average(v => (double)v * v));
}
