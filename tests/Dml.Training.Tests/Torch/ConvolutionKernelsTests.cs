using Dml.Training.Torch;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Tests.Torch;

public sealed class ConvolutionKernelsTests
{
    /// <summary>On every processor, with shapes that the check itself does not try.</summary>
    [Fact]
    public void Convolutions_are_right_after_the_check()
    {
        _ = ConvolutionKernels.UsesOneDnn;
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        using var generator = new Generator(7);
        foreach (var inputs in new[] { 3, 8, 24, 40, 96 })
        {
            foreach (var (outputs, kernel, side) in new[] { (64, 5, 4), (64, 5, 16), (48, 3, 5), (208, 3, 14), (16, 1, 3), (64, 7, 20) })
            {
                foreach (var stride in new long[] { 1, 2 })
                {
                    var pictures = randn([2, inputs, side, side], generator: generator);
                    var weights = randn([outputs, inputs, kernel, kernel], generator: generator) * 0.1;
                    long[] padding = [kernel / 2, kernel / 2];
                    var single = F.conv2d(pictures, weights, null, [stride, stride], padding, [1, 1]);
                    var exact = F.conv2d(
                        pictures.to(ScalarType.Float64), weights.to(ScalarType.Float64), null, [stride, stride], padding, [1, 1]);
                    var difference = (single - exact).abs().max().item<double>();
                    Assert.True(difference < 1e-3, $"{inputs} to {outputs}, kernel {kernel}, side {side}, stride {stride}: {difference}");
                }
            }
        }
    }
}
