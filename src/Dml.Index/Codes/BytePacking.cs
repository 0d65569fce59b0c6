using System.Runtime.CompilerServices;
using Dml.Index.Kernels;

namespace Dml.Index.Codes;

/// <summary>One number per byte.</summary>
internal readonly struct BytePacking : IPacking
{
    public static int Largest => 255;

    public static int CandidatesFor(int hits) => hits + Math.Max(8, hits / 2);

    public static int Bytes(int dimension) => dimension;

    public static int QueryLength(int bytes) => bytes;

    public static void Pack(ReadOnlySpan<byte> numbers, Span<byte> packed) => numbers.CopyTo(packed);

    public static void Unpack(ReadOnlySpan<byte> packed, Span<byte> numbers) => packed[..numbers.Length].CopyTo(numbers);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Dot<TKernel>(ref byte code, ref sbyte query, int length)
        where TKernel : struct, ICodeKernel => default(TKernel).Dot(ref code, ref query, length);
}
