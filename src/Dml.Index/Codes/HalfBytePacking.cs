using System.Runtime.CompilerServices;
using Dml.Index.Kernels;

namespace Dml.Index.Codes;

/// <summary>Two numbers in a byte, laid out as <see cref="ICodeKernel.DotOfHalves"/> wants them.</summary>
internal readonly struct HalfBytePacking : IPacking
{
    public static int Largest => 15;

    public static int CandidatesFor(int hits) => (3 * hits) + 10;

    public static int Bytes(int dimension) =>
        dimension / (2 * ICodeKernel.Block) * ICodeKernel.Block + Math.Min(ICodeKernel.Block, dimension % (2 * ICodeKernel.Block));

    public static int QueryLength(int bytes) => 2 * bytes;

    public static void Pack(ReadOnlySpan<byte> numbers, Span<byte> packed)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            packed[PlaceOf(i, out int shift)] |= (byte)(numbers[i] << shift);
        }
    }

    public static void Unpack(ReadOnlySpan<byte> packed, Span<byte> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (byte)((packed[PlaceOf(i, out int shift)] >> shift) & Largest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Dot<TKernel>(ref byte code, ref sbyte query, int length)
        where TKernel : struct, ICodeKernel => default(TKernel).DotOfHalves(ref code, ref query, length);

    private static int PlaceOf(int component, out int shift)
    {
        (int block, int within) = Math.DivRem(component, 2 * ICodeKernel.Block);
        shift = within < ICodeKernel.Block ? 0 : 4;
        return (block * ICodeKernel.Block) + (within % ICodeKernel.Block);
    }
}
