using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dml.Index.Kernels;

/// <summary>Thirty-two components in one instruction that multiplies bytes and accumulates in 32 bits: AVX-VNNI.</summary>
internal readonly struct AvxVnniCodeKernel : ICodeKernel
{
    public string Name => "avxvnni";

    public bool IsSupported => AvxVnni.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Dot(ref byte code, ref sbyte query, int length)
    {
        var sum0 = Vector256<int>.Zero;
        var sum1 = Vector256<int>.Zero;
        var sum2 = Vector256<int>.Zero;
        var sum3 = Vector256<int>.Zero;
        nuint i = 0;
        for (; i + 128 <= (nuint)length; i += 128)
        {
            sum0 = AvxVnni.MultiplyWideningAndAdd(sum0, Vector256.LoadUnsafe(ref code, i), Vector256.LoadUnsafe(ref query, i));
            sum1 = AvxVnni.MultiplyWideningAndAdd(sum1, Vector256.LoadUnsafe(ref code, i + 32), Vector256.LoadUnsafe(ref query, i + 32));
            sum2 = AvxVnni.MultiplyWideningAndAdd(sum2, Vector256.LoadUnsafe(ref code, i + 64), Vector256.LoadUnsafe(ref query, i + 64));
            sum3 = AvxVnni.MultiplyWideningAndAdd(sum3, Vector256.LoadUnsafe(ref code, i + 96), Vector256.LoadUnsafe(ref query, i + 96));
        }

        if (i < (nuint)length)
        {
            sum0 = AvxVnni.MultiplyWideningAndAdd(sum0, Vector256.LoadUnsafe(ref code, i), Vector256.LoadUnsafe(ref query, i));
            sum1 = AvxVnni.MultiplyWideningAndAdd(sum1, Vector256.LoadUnsafe(ref code, i + 32), Vector256.LoadUnsafe(ref query, i + 32));
        }

        return Vector256.Sum(sum0 + sum1 + (sum2 + sum3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int DotOfHalves(ref byte code, ref sbyte query, int length)
    {
        var sum0 = Vector256<int>.Zero;
        var sum1 = Vector256<int>.Zero;
        var sum2 = Vector256<int>.Zero;
        var sum3 = Vector256<int>.Zero;
        var lowHalf = Vector256.Create((byte)15);
        for (nuint i = 0; i < (nuint)length; i += 64)
        {
            var low = 2 * i;
            var a = Vector256.LoadUnsafe(ref code, i);
            var b = Vector256.LoadUnsafe(ref code, i + 32);
            var highA = (a.AsUInt16() >> 4).AsByte() & lowHalf;
            var highB = (b.AsUInt16() >> 4).AsByte() & lowHalf;
            sum0 = AvxVnni.MultiplyWideningAndAdd(sum0, a & lowHalf, Vector256.LoadUnsafe(ref query, low));
            sum1 = AvxVnni.MultiplyWideningAndAdd(sum1, b & lowHalf, Vector256.LoadUnsafe(ref query, low + 32));
            sum2 = AvxVnni.MultiplyWideningAndAdd(sum2, highA, Vector256.LoadUnsafe(ref query, low + 64));
            sum3 = AvxVnni.MultiplyWideningAndAdd(sum3, highB, Vector256.LoadUnsafe(ref query, low + 96));
        }

        return Vector256.Sum(sum0 + sum1 + (sum2 + sum3));
    }
}
