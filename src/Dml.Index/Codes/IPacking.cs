using Dml.Index.Kernels;

namespace Dml.Index.Codes;

/// <summary>The layout of a code's numbers in its bytes. Packings are structs, so that they are inlined into the scorer.</summary>
internal interface IPacking
{
    /// <summary>The largest number.</summary>
    static abstract int Largest { get; }

    /// <summary>How many of the best slots by code to rank exactly when so many hits are wanted.</summary>
    static abstract int CandidatesFor(int hits);

    /// <summary>Bytes that the numbers of a vector take.</summary>
    static abstract int Bytes(int dimension);

    /// <summary>Number of query components for so many bytes of code.</summary>
    static abstract int QueryLength(int bytes);

    /// <summary>Writes numbers into bytes that are zero.</summary>
    static abstract void Pack(ReadOnlySpan<byte> numbers, Span<byte> packed);

    /// <summary>Reads as many numbers as the span has room for.</summary>
    static abstract void Unpack(ReadOnlySpan<byte> packed, Span<byte> numbers);

    /// <summary>The kernel's sum for this packing.</summary>
    static abstract int Dot<TKernel>(ref byte code, ref sbyte query, int length)
        where TKernel : struct, ICodeKernel;
}
