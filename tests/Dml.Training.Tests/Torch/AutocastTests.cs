using Dml.Training.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Dml.Training.Tests.Torch;

public sealed class AutocastTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public AutocastTests()
    {
        if (!Autocast.IsAvailable)
        {
            Assert.Skip("The libtorch of this system does not export what autocast needs.");
        }
    }

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void It_is_available_on_linux() => Assert.True(Autocast.IsAvailable || !OperatingSystem.IsLinux());

    [Fact]
    public void Products_and_convolutions_are_narrow_while_it_is_open()
    {
        var (matrix, picture, filter) = (rand(4, 4), rand(1, 2, 8, 8), rand(3, 2, 3, 3));
        Assert.Equal(ScalarType.Float32, matrix.mm(matrix).dtype);
        using (new Autocast(DeviceType.CPU, ScalarType.BFloat16))
        {
            Assert.Equal(ScalarType.BFloat16, matrix.mm(matrix).dtype);
            Assert.Equal(ScalarType.BFloat16, nn.functional.conv2d(picture, filter).dtype);
            // What needs the range stays in single precision.
            Assert.Equal(ScalarType.Float32, (matrix + matrix).dtype);
        }

        Assert.Equal(ScalarType.Float32, matrix.mm(matrix).dtype);
        Assert.Equal(ScalarType.Float32, nn.functional.conv2d(picture, filter).dtype);
    }

    [Fact]
    public void Its_results_are_near_those_of_single_precision()
    {
        var (a, b) = (rand(16, 16), rand(16, 16));
        var exact = a.mm(b);
        using var autocast = new Autocast(DeviceType.CPU, ScalarType.BFloat16);
        var narrow = a.mm(b).to(ScalarType.Float32);
        var difference = ((narrow - exact) / exact).abs().max().item<float>();
        // bfloat16 has eight bits of precision: different, and not by much.
        Assert.InRange(difference, 1e-6f, 0.03f);
    }

    [Fact]
    public void Gradients_are_in_single_precision()
    {
        var weight = rand(8, 8).requires_grad_();
        var input = rand(4, 8);
        Tensor output;
        using (new Autocast(DeviceType.CPU, ScalarType.BFloat16))
        {
            output = input.mm(weight);
        }

        Assert.Equal(ScalarType.BFloat16, output.dtype);
        output.to(ScalarType.Float32).sum().backward();
        var gradient = weight.grad;
        Assert.NotNull(gradient);
        Assert.Equal(ScalarType.Float32, gradient.dtype);
        // The derivative of the sum: the column sums of the input, the same for every output.
        var expected = input.sum(dim: 0).unsqueeze(1).expand(8, 8);
        Assert.True(gradient.allclose(expected, rtol: 0.02, atol: 0.02));
    }

    [Fact]
    public void The_inner_of_two_gives_back_the_outer()
    {
        var matrix = rand(4, 4);
        using (new Autocast(DeviceType.CPU, ScalarType.BFloat16))
        {
            using (new Autocast(DeviceType.CPU, ScalarType.Float16))
            {
                Assert.Equal(ScalarType.Float16, matrix.mm(matrix).dtype);
            }

            Assert.Equal(ScalarType.BFloat16, matrix.mm(matrix).dtype);
        }

        Assert.Equal(ScalarType.Float32, matrix.mm(matrix).dtype);
    }

    [Fact]
    public void Closing_it_twice_is_closing_it_once()
    {
        var matrix = rand(4, 4);
        using (new Autocast(DeviceType.CPU, ScalarType.BFloat16))
        {
            var inner = new Autocast(DeviceType.CPU, ScalarType.BFloat16);
            inner.Dispose();
            inner.Dispose();
            Assert.Equal(ScalarType.BFloat16, matrix.mm(matrix).dtype);
        }

        Assert.Equal(ScalarType.Float32, matrix.mm(matrix).dtype);
    }

    [Fact]
    public void Other_threads_are_unaffected()
    {
        var types = new List<ScalarType>();
        using (new Autocast(DeviceType.CPU, ScalarType.BFloat16))
        {
            var other = new Thread(() =>
            {
                using var matrix = rand(4, 4);
                using var product = matrix.mm(matrix);
                types.Add(product.dtype);
            });
            other.Start();
            Assert.True(other.Join(TimeSpan.FromMinutes(1)), "The other thread does not end.");
        }

        Assert.Equal([ScalarType.Float32], types);
    }

    [Fact]
    public void Changed_weights_count_in_the_next_step()
    {
        var weight = ones(4, 4).requires_grad_();
        var input = ones(1, 4);
        Assert.Equal(4, Narrow());
        using (no_grad())
        {
            weight.mul_(2);
        }

        Assert.Equal(8, Narrow());

        float Narrow()
        {
            using var autocast = new Autocast(DeviceType.CPU, ScalarType.BFloat16);
            return input.mm(weight)[0, 0].to(ScalarType.Float32).item<float>();
        }
    }
}
