using System.Runtime.Intrinsics;
using Dml.Benchmarks.Kernels;

namespace Dml.Benchmarks.Tests;

/// <summary>All kernels that this machine supports are timed, on vectors of the requested length.</summary>
public sealed class VectorKernelBenchmarkTests
{
    private const int Length = 1000;

    public static TheoryData<string> Kernels => [.. VectorKernelBenchmark.Kernels];

    [Fact]
    public void Every_kernel_of_this_machine_is_timed()
    {
        Assert.Contains("scalar", VectorKernelBenchmark.Kernels);
        Assert.Equal(Vector128.IsHardwareAccelerated, VectorKernelBenchmark.Kernels.Contains("vector128"));
        Assert.Equal(Vector512.IsHardwareAccelerated, VectorKernelBenchmark.Kernels.Contains("vector512"));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_kernel_gets_vectors_of_the_length_asked_for(string name)
    {
        var benchmark = new VectorKernelBenchmark { Kernel = name, Length = Length };

        benchmark.Draw();

        // Components are uniform on [0, 1): the mean product is 1/4, the mean squared difference 1/6.
        Assert.InRange(benchmark.Dot() / Length, 0.22, 0.28);
        Assert.InRange(benchmark.SquaredL2() / Length, 0.14, 0.19);
    }
}
