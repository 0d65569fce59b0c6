using System.Runtime.CompilerServices;
using Dml.Index.Kernels;

namespace Dml.Index.Codes;

/// <summary>Two numbers per byte, in the layout that <see cref="ICodeKernel.DotOfHalves"/> reads.</summary>
internal readonly struct HalfBytePacking : IPacking
{
    public static int Largest => 15;

    public static int CandidatesFor(int hits) => (3 * hits) + 10;

    public static int Bytes(int dimension) =>
        dimension / (2 * ICodeKernel.Block) * ICodeKernel.Block + Math.Min(ICodeKernel.Block, dimension % (2 * ICodeKernel.Block));

    public static int QueryLength(int bytes) => 2 * bytes;

    public static void Pack(ReadOnlySpan<byte> numbers, Span<byte> packed)
    {
        for (var first = 0; first < numbers.Length; first += 2 * ICodeKernel.Block)
        {
            var block = packed[(first / 2)..];
            var low = Half(numbers, first);
            var high = Half(numbers, first + ICodeKernel.Block);
            for (var i = 0; i < low.Length; i++)
            {
                block[i] = low[i];
            }

            for (var i = 0; i < high.Length; i++)
            {
                block[i] |= (byte)(high[i] << 4);
            }
        }
    }

    public static void Unpack(ReadOnlySpan<byte> packed, Span<byte> numbers)
    {
        for (var first = 0; first < numbers.Length; first += 2 * ICodeKernel.Block)
        {
            var block = packed[(first / 2)..];
            var low = Half(numbers, first).Length;
            var high = Half(numbers, first + ICodeKernel.Block).Length;
            for (var i = 0; i < low; i++)
            {
                numbers[first + i] = (byte)(block[i] & Largest);
            }

            for (var i = 0; i < high; i++)
            {
                numbers[first + ICodeKernel.Block + i] = (byte)(block[i] >> 4);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Dot<TKernel>(ref byte code, ref sbyte query, int length)
        where TKernel : struct, ICodeKernel => default(TKernel).DotOfHalves(ref code, ref query, length);

    // The components from first on that are in the same half of their block's bytes.
    private static ReadOnlySpan<byte> Half(ReadOnlySpan<byte> numbers, int first) =>
        first < numbers.Length ? numbers[first..Math.Min(first + ICodeKernel.Block, numbers.Length)] : [];
}
