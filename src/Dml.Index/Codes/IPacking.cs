using Dml.Index.Kernels;

namespace Dml.Index.Codes;

/// <summary>How the numbers of a code lie in its bytes. Packings are structs, so that a scorer has them inlined.</summary>
internal interface IPacking
{
    /// <summary>The largest number.</summary>
    static abstract int Largest { get; }

    /// <summary>How many of the best slots by code to rank exactly when so many hits are wanted.</summary>
    static abstract int CandidatesFor(int hits);

    /// <summary>Bytes for the numbers of a vector.</summary>
    static abstract int Bytes(int dimension);

    /// <summary>Components of a query for so many bytes that a kernel reads.</summary>
    static abstract int QueryLength(int bytes);

    /// <summary>Writes numbers into bytes that are zero.</summary>
    static abstract void Pack(ReadOnlySpan<byte> numbers, Span<byte> packed);

    /// <summary>Reads as many numbers as there is room for.</summary>
    static abstract void Unpack(ReadOnlySpan<byte> packed, Span<byte> numbers);

    /// <summary>The kernel's sum for this packing.</summary>
    static abstract int Dot<TKernel>(ref byte code, ref sbyte query, int length)
        where TKernel : struct, ICodeKernel;
}
