using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dml.Index.Kernels;

/// <summary>Sixteen components at a time, widened to 16 bits: AVX2. Its byte multiplication would saturate.</summary>
internal readonly struct Avx2CodeKernel : ICodeKernel
{
    public string Name => "avx2";

    public bool IsSupported => Avx2.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Dot(ref byte code, ref sbyte query, int length)
    {
        var sum0 = Vector256<int>.Zero;
        var sum1 = Vector256<int>.Zero;
        for (nuint i = 0; i < (nuint)length; i += 32)
        {
            sum0 = Add(sum0, Vector128.LoadUnsafe(ref code, i), Vector128.LoadUnsafe(ref query, i));
            sum1 = Add(sum1, Vector128.LoadUnsafe(ref code, i + 16), Vector128.LoadUnsafe(ref query, i + 16));
        }

        return Vector256.Sum(sum0 + sum1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int DotOfHalves(ref byte code, ref sbyte query, int length)
    {
        var sum0 = Vector256<int>.Zero;
        var sum1 = Vector256<int>.Zero;
        var lowHalf = Vector128.Create((byte)15);
        for (nuint i = 0; i < (nuint)length; i += 16)
        {
            var low = i + (i & ~(nuint)(ICodeKernel.Block - 1));
            var both = Vector128.LoadUnsafe(ref code, i);
            var high = (both.AsUInt16() >> 4).AsByte() & lowHalf;
            sum0 = Add(sum0, both & lowHalf, Vector128.LoadUnsafe(ref query, low));
            sum1 = Add(sum1, high, Vector128.LoadUnsafe(ref query, low + ICodeKernel.Block));
        }

        return Vector256.Sum(sum0 + sum1);
    }

    private static Vector256<int> Add(Vector256<int> sum, Vector128<byte> code, Vector128<sbyte> query) =>
        sum + Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(code), Avx2.ConvertToVector256Int16(query));
}
