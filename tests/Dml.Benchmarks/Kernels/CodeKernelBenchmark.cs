using BenchmarkDotNet.Attributes;
using Dml.Index.Codes;
using Dml.Index.Kernels;

namespace Dml.Benchmarks.Kernels;

/// <summary>
/// Every code kernel that this machine runs, on codes in the nearest cache: what one step of a walk costs at least, beside
/// what it waits for memory.
/// </summary>
public class CodeKernelBenchmark
{
    private const int Seed = 1;

    private CodeKernel _kernel = CodeKernels.Best;
    private byte[] _code = [];
    private byte[] _halves = [];
    private sbyte[] _query = [];

    /// <summary>Lengths to measure; chosen before the run.</summary>
    public static IReadOnlyList<int> Lengths => VectorKernelBenchmark.Lengths;

    /// <summary>Names of the kernels that this machine runs.</summary>
    public static IEnumerable<string> Kernels => CodeKernels.All.Where(kernel => kernel.IsSupported).Select(kernel => kernel.Name);

    /// <summary>Name of the kernel under test.</summary>
    [ParamsSource(nameof(Kernels))]
    public string Kernel { get; set; } = "";

    /// <summary>Components, rounded up to whole blocks of the code of four bits.</summary>
    [ParamsSource(nameof(Lengths))]
    public int Length { get; set; }

    /// <summary>Draws a code of each kind and a query.</summary>
    [GlobalSetup]
    public void Draw()
    {
        _kernel = CodeKernels.All.Single(kernel => kernel.Name == Kernel);
        var random = new Random(Seed);
        const int Whole = 2 * ICodeKernel.Block;
        var length = (Length + Whole - 1) / Whole * Whole;
        _code = new byte[length];
        _halves = new byte[length / 2];
        random.NextBytes(_code);
        random.NextBytes(_halves);
        _query = [.. Enumerable.Range(0, length).Select(_ => (sbyte)random.Next(-127, 128))];
    }

    /// <summary>A byte a component.</summary>
    [Benchmark]
    public int Dot() => _kernel.Dot(_code, _query);

    /// <summary>Half a byte a component.</summary>
    [Benchmark]
    public int DotOfHalves() => _kernel.DotOfHalves(_halves, _query);
}
