using Dml.Training.Backbones;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dml.Training.Tests.Backbones;

public sealed class LocalResponseTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(64)]
    public void Values_and_gradients_are_those_of_libtorch(int channels)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var values = randn([3, channels, 4, 5]).to(float64) * 60.0;
        var weights = randn([3, channels, 4, 5]).to(float64);
        var (own, reference) = (values.clone().requires_grad_(true), values.clone().requires_grad_(true));
        var (result, expected) = (LocalResponse.Normalize(own), F.local_response_norm(reference, 5, 1e-4, 0.75, 1));
        (result * weights).sum().backward();
        (expected * weights).sum().backward();
        // The band is made in single precision.
        Assert.True((result - expected).abs().max().item<double>() < 1e-5);
        Assert.True((own.grad! - reference.grad!).abs().max().item<double>() < 1e-7);
        Assert.True((result - values).abs().max().item<double>() > 0.1);
    }
}
