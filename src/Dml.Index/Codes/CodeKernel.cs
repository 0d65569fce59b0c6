using Dml.Index.Kernels;

namespace Dml.Index.Codes;

/// <summary>A code kernel as an entry of <see cref="CodeKernels.All"/>.</summary>
internal abstract class CodeKernel
{
    public abstract string Name { get; }

    public abstract bool IsSupported { get; }

    /// <summary><see cref="ICodeKernel.Dot"/> over spans.</summary>
    public abstract int Dot(ReadOnlySpan<byte> code, ReadOnlySpan<sbyte> query);

    /// <summary><see cref="ICodeKernel.DotOfHalves"/> over spans.</summary>
    public abstract int DotOfHalves(ReadOnlySpan<byte> code, ReadOnlySpan<sbyte> query);

    /// <summary>Creates codes that are compared by this kernel.</summary>
    public abstract VectorCodes Codes<TPacking>(int dimension, Metric metric)
        where TPacking : struct, IPacking;
}
