using Dml.Index.Kernels;

namespace Dml.Index.Codes;

/// <summary>All code kernels, slowest first. A new kernel is one file and one line here; the tests run over the table.</summary>
internal static class CodeKernels
{
    public static readonly IReadOnlyList<CodeKernel> All =
    [
        new CodeKernelOf<ScalarCodeKernel>(),
        new CodeKernelOf<Vector128CodeKernel>(),
        new CodeKernelOf<Avx2CodeKernel>(),
        new CodeKernelOf<Avx512CodeKernel>(),
        new CodeKernelOf<AvxVnniCodeKernel>(),
    ];

    /// <summary>The fastest kernel that this machine supports.</summary>
    public static readonly CodeKernel Best = All.Last(kernel => kernel.IsSupported);
}
