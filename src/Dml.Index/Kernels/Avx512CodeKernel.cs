using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dml.Index.Kernels;

/// <summary>Thirty-two components at a time, widened to 16 bits: AVX-512 BW without VNNI.</summary>
internal readonly struct Avx512CodeKernel : ICodeKernel
{
    public string Name => "avx512bw";

    public bool IsSupported => Avx512BW.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Dot(ref byte code, ref sbyte query, int length)
    {
        var sum0 = Vector512<int>.Zero;
        var sum1 = Vector512<int>.Zero;
        for (nuint i = 0; i < (nuint)length; i += 64)
        {
            sum0 = Add(sum0, Vector256.LoadUnsafe(ref code, i), Vector256.LoadUnsafe(ref query, i));
            sum1 = Add(sum1, Vector256.LoadUnsafe(ref code, i + 32), Vector256.LoadUnsafe(ref query, i + 32));
        }

        return Vector512.Sum(sum0 + sum1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int DotOfHalves(ref byte code, ref sbyte query, int length)
    {
        var sum0 = Vector512<int>.Zero;
        var sum1 = Vector512<int>.Zero;
        var lowHalf = Vector256.Create((byte)15);
        for (nuint i = 0; i < (nuint)length; i += 32)
        {
            var low = i + (i & ~(nuint)(ICodeKernel.Block - 1));
            var both = Vector256.LoadUnsafe(ref code, i);
            var high = (both.AsUInt16() >> 4).AsByte() & lowHalf;
            sum0 = Add(sum0, both & lowHalf, Vector256.LoadUnsafe(ref query, low));
            sum1 = Add(sum1, high, Vector256.LoadUnsafe(ref query, low + ICodeKernel.Block));
        }

        return Vector512.Sum(sum0 + sum1);
    }

    private static Vector512<int> Add(Vector512<int> sum, Vector256<byte> code, Vector256<sbyte> query) =>
        sum + Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(code), Avx512BW.ConvertToVector512Int16(query));
}
