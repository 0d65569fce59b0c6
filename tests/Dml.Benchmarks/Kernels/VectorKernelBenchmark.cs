using BenchmarkDotNet.Attributes;
using Dml.Index.Kernels;

namespace Dml.Benchmarks.Kernels;

/// <summary>
/// Every vector kernel that this machine supports, on vectors in the L1 cache: the minimum cost of one distance. Called through the
/// interface, as an index does.
/// </summary>
public class VectorKernelBenchmark
{
    private const int Seed = 1;

    private IVectorKernel _kernel = VectorKernels.Best;
    private float[] _a = [];
    private float[] _b = [];

    /// <summary>Lengths to measure, set before the run.</summary>
    public static IReadOnlyList<int> Lengths { get; set; } = [128];

    /// <summary>Names of the kernels that this machine supports.</summary>
    public static IEnumerable<string> Kernels => VectorKernels.All.Where(kernel => kernel.IsSupported).Select(kernel => kernel.Name);

    /// <summary>Name of the kernel under test.</summary>
    [ParamsSource(nameof(Kernels))]
    public string Kernel { get; set; } = "";

    /// <summary>Number of components of both vectors.</summary>
    [ParamsSource(nameof(Lengths))]
    public int Length { get; set; }

    /// <summary>Draws two vectors.</summary>
    [GlobalSetup]
    public void Draw()
    {
        _kernel = VectorKernels.All.Single(kernel => kernel.Name == Kernel);
        var random = new Random(Seed);
        _a = [.. Enumerable.Range(0, Length).Select(_ => random.NextSingle())];
        _b = [.. Enumerable.Range(0, Length).Select(_ => random.NextSingle())];
    }

    /// <summary>Sum of products.</summary>
    [Benchmark]
    public float Dot() => _kernel.Dot(_a, _b);

    /// <summary>Sum of squared differences.</summary>
    [Benchmark]
    public float SquaredL2() => _kernel.SquaredL2(_a, _b);
}
