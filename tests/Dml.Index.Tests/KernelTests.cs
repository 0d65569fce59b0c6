using Dml.Index.Kernels;

namespace Dml.Index.Tests;

public class KernelTests
{
    public static TheoryData<string> Names => [.. VectorKernels.All.Select(kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Agrees_with_double_precision_at_every_length(string name)
    {
        var kernel = Supported(name);
        var random = new Random(5);
        float[] a = [.. Enumerable.Range(0, 2049).Select(_ => (random.NextSingle() * 2) - 1)];
        float[] b = [.. Enumerable.Range(0, 2049).Select(_ => (random.NextSingle() * 2) - 1)];
        double dot = 0;
        double squaredL2 = 0;
        double size = 0;
        for (var length = 1; length <= 2048; length++)
        {
            // Starting at 1 leaves no alignment to rely on.
            var product = (double)a[length] * b[length];
            var difference = (double)a[length] - b[length];
            (dot, squaredL2, size) = (dot + product, squaredL2 + (difference * difference), size + Math.Abs(product));
            Assert.Equal(dot, kernel.Dot(a.AsSpan(1, length), b.AsSpan(1, length)), 1e-6 * (1 + size));
            Assert.Equal(squaredL2, kernel.SquaredL2(a.AsSpan(1, length), b.AsSpan(1, length)), 1e-6 * (1 + squaredL2));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Agrees_with_the_scalar_kernel_and_reads_nothing_beyond_the_end(string name)
    {
        var kernel = Supported(name);
        var scalar = new ScalarKernel();
        var random = new Random(6);
        for (var length = 1; length <= 2048; length++)
        {
            var a = new float[length + 64];
            var b = new float[length + 64];
            Array.Fill(a, float.NaN);
            Array.Fill(b, float.NaN);
            for (var i = 0; i < length; i++)
            {
                (a[i], b[i]) = (random.NextSingle() - 0.5f, random.NextSingle() - 0.5f);
            }

            ReadOnlySpan<float> left = a.AsSpan(0, length);
            ReadOnlySpan<float> right = b.AsSpan(0, length);
            Assert.Equal(scalar.Dot(left, right), kernel.Dot(left, right), 1e-4f);
            Assert.Equal(scalar.SquaredL2(left, right), kernel.SquaredL2(left, right), 1e-3f);
        }
    }

    [Fact]
    public void Takes_a_kernel_that_this_machine_has() => Assert.True(VectorKernels.Best.IsSupported);

    private static IVectorKernel Supported(string name)
    {
        IVectorKernel kernel = VectorKernels.All.Single(kernel => kernel.Name == name);
        Assert.SkipUnless(kernel.IsSupported, $"this machine has no {name} instructions");
        return kernel;
    }
}
