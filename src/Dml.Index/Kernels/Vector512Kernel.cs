using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dml.Index.Kernels;

/// <summary>Sixteen lanes with fused multiply-add: AVX-512.</summary>
internal sealed class Vector512Kernel : IVectorKernel
{
    private const int Lanes = 16;

    public string Name => "vector512";

    public bool IsSupported => Vector512.IsHardwareAccelerated;

    public float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        var i = 0;
        // Four independent sums: a single one would wait for the previous addition in every step.
        var sum0 = Vector512<float>.Zero;
        var sum1 = Vector512<float>.Zero;
        var sum2 = Vector512<float>.Zero;
        var sum3 = Vector512<float>.Zero;
        for (; i <= a.Length - (4 * Lanes); i += 4 * Lanes)
        {
            sum0 = Product(ref left, ref right, i, sum0);
            sum1 = Product(ref left, ref right, i + Lanes, sum1);
            sum2 = Product(ref left, ref right, i + (2 * Lanes), sum2);
            sum3 = Product(ref left, ref right, i + (3 * Lanes), sum3);
        }

        for (; i <= a.Length - Lanes; i += Lanes)
        {
            sum0 = Product(ref left, ref right, i, sum0);
        }

        var sum = Vector512.Sum(sum0 + sum1 + (sum2 + sum3));
        for (; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    public float SquaredL2(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        var i = 0;
        var sum0 = Vector512<float>.Zero;
        var sum1 = Vector512<float>.Zero;
        var sum2 = Vector512<float>.Zero;
        var sum3 = Vector512<float>.Zero;
        for (; i <= a.Length - (4 * Lanes); i += 4 * Lanes)
        {
            sum0 = Square(ref left, ref right, i, sum0);
            sum1 = Square(ref left, ref right, i + Lanes, sum1);
            sum2 = Square(ref left, ref right, i + (2 * Lanes), sum2);
            sum3 = Square(ref left, ref right, i + (3 * Lanes), sum3);
        }

        for (; i <= a.Length - Lanes; i += Lanes)
        {
            sum0 = Square(ref left, ref right, i, sum0);
        }

        var sum = Vector512.Sum(sum0 + sum1 + (sum2 + sum3));
        for (; i < a.Length; i++)
        {
            var difference = a[i] - b[i];
            sum += difference * difference;
        }

        return sum;
    }

    private static Vector512<float> Product(ref float left, ref float right, int i, Vector512<float> sum) =>
        Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref left, (nuint)i), Vector512.LoadUnsafe(ref right, (nuint)i), sum);

    private static Vector512<float> Square(ref float left, ref float right, int i, Vector512<float> sum)
    {
        var difference = Vector512.LoadUnsafe(ref left, (nuint)i) - Vector512.LoadUnsafe(ref right, (nuint)i);
        return Vector512.FusedMultiplyAdd(difference, difference, sum);
    }
}
