using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dml.Index.Kernels;

/// <summary>Four lanes: SSE on older x64, NEON on arm64.</summary>
internal sealed class Vector128Kernel : IVectorKernel
{
    private const int Lanes = 4;

    public string Name => "vector128";

    public bool IsSupported => Vector128.IsHardwareAccelerated;

    public float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        var i = 0;
        // Four independent sums: a single one would wait for the previous addition in every step.
        var sum0 = Vector128<float>.Zero;
        var sum1 = Vector128<float>.Zero;
        var sum2 = Vector128<float>.Zero;
        var sum3 = Vector128<float>.Zero;
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

        var sum = Vector128.Sum(sum0 + sum1 + (sum2 + sum3));
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
        var sum0 = Vector128<float>.Zero;
        var sum1 = Vector128<float>.Zero;
        var sum2 = Vector128<float>.Zero;
        var sum3 = Vector128<float>.Zero;
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

        var sum = Vector128.Sum(sum0 + sum1 + (sum2 + sum3));
        for (; i < a.Length; i++)
        {
            var difference = a[i] - b[i];
            sum += difference * difference;
        }

        return sum;
    }

    private static Vector128<float> Product(ref float left, ref float right, int i, Vector128<float> sum) =>
        Vector128.MultiplyAddEstimate(Vector128.LoadUnsafe(ref left, (nuint)i), Vector128.LoadUnsafe(ref right, (nuint)i), sum);

    private static Vector128<float> Square(ref float left, ref float right, int i, Vector128<float> sum)
    {
        var difference = Vector128.LoadUnsafe(ref left, (nuint)i) - Vector128.LoadUnsafe(ref right, (nuint)i);
        return Vector128.MultiplyAddEstimate(difference, difference, sum);
    }
}
