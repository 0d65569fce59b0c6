using System.Runtime.InteropServices;
using Dml.Index.Kernels;

namespace Dml.Index.Codes;

/// <summary>The table entry of a kernel.</summary>
internal sealed class CodeKernelOf<TKernel> : CodeKernel
    where TKernel : struct, ICodeKernel
{
    public override string Name => default(TKernel).Name;

    public override bool IsSupported => default(TKernel).IsSupported;

    public override int Dot(ReadOnlySpan<byte> code, ReadOnlySpan<sbyte> query) =>
        default(TKernel).Dot(ref MemoryMarshal.GetReference(code), ref MemoryMarshal.GetReference(query), code.Length);

    public override int DotOfHalves(ReadOnlySpan<byte> code, ReadOnlySpan<sbyte> query) =>
        default(TKernel).DotOfHalves(ref MemoryMarshal.GetReference(code), ref MemoryMarshal.GetReference(query), code.Length);

    public override VectorCodes Codes<TPacking>(int dimension, Metric metric) => new ScaledCodes<TKernel, TPacking>(dimension, metric);
}
