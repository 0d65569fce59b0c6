namespace Dml.Index.Kernels;

/// <summary>
/// The integer sums that a walk over codes spends its time on, for one instruction set. Kernels are structs, so that they are
/// inlined into the generic scorer. All kernels give the same integers.
/// </summary>
internal interface ICodeKernel
{
    /// <summary>Bytes per step of a kernel. Codes are padded to a multiple of it, queries with zeros.</summary>
    const int Block = 64;

    /// <summary>Name for logs and test output.</summary>
    string Name { get; }

    /// <summary>Whether this machine has the instructions.</summary>
    bool IsSupported { get; }

    /// <summary>Sum of code[i] * query[i] over <paramref name="length"/> bytes, a multiple of <see cref="Block"/>.</summary>
    int Dot(ref byte code, ref sbyte query, int length);

    /// <summary>
    /// The same for codes of four bits. Byte i of block b holds component 128 b + i in its low half and component
    /// 128 b + 64 + i in its high half, so <paramref name="query"/> is twice as long as <paramref name="length"/>.
    /// </summary>
    int DotOfHalves(ref byte code, ref sbyte query, int length);
}
