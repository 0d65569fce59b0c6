using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dml.Index.Kernels;

/// <summary>Sixteen bytes at a time, with instructions of SSE2 or NEON.</summary>
internal readonly struct Vector128CodeKernel : ICodeKernel
{
    public string Name => "vector128";

    public bool IsSupported => Vector128.IsHardwareAccelerated;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Dot(ref byte code, ref sbyte query, int length)
    {
        var sum = Vector128<int>.Zero;
        for (nuint i = 0; i < (nuint)length; i += 16)
        {
            sum = Add(sum, Vector128.LoadUnsafe(ref code, i), Vector128.LoadUnsafe(ref query, i));
        }

        return Vector128.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int DotOfHalves(ref byte code, ref sbyte query, int length)
    {
        var sum = Vector128<int>.Zero;
        var lowHalf = Vector128.Create((byte)15);
        for (nuint i = 0; i < (nuint)length; i += 16)
        {
            var low = i + (i & ~(nuint)(ICodeKernel.Block - 1));
            var both = Vector128.LoadUnsafe(ref code, i);
            sum = Add(sum, both & lowHalf, Vector128.LoadUnsafe(ref query, low));
            sum = Add(sum, (both.AsUInt16() >> 4).AsByte() & lowHalf, Vector128.LoadUnsafe(ref query, low + ICodeKernel.Block));
        }

        return Vector128.Sum(sum);
    }

    // 255 * -128 and 255 * 127 both fit into 16 bits; their sums do not.
    private static Vector128<int> Add(Vector128<int> sum, Vector128<byte> code, Vector128<sbyte> query)
    {
        (var codeLow, var codeHigh) = Vector128.Widen(code);
        (var queryLow, var queryHigh) = Vector128.Widen(query);
        (var a, var b) = Vector128.Widen(codeLow.AsInt16() * queryLow);
        (var c, var d) = Vector128.Widen(codeHigh.AsInt16() * queryHigh);
        return sum + (a + b) + (c + d);
    }
}
