namespace Dml.Index.Kernels;

/// <summary>All kernels, narrowest first. A new kernel is one file and one line here; the tests run over the table.</summary>
internal static class VectorKernels
{
    public static readonly IReadOnlyList<IVectorKernel> All =
    [
        new ScalarKernel(),
        new Vector128Kernel(),
        new Vector256Kernel(),
        new Vector512Kernel(),
    ];

    /// <summary>The widest kernel that this machine supports well.</summary>
    public static readonly IVectorKernel Best = All.Last(kernel => kernel.IsSupported);
}
