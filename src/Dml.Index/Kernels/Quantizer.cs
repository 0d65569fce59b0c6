using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dml.Index.Kernels;

/// <summary>Preparation of a vector before it is compared with many others, thirty-two components at a time.</summary>
internal static class Quantizer
{
    private const int Lanes = 8;
    private const int Step = 4 * Lanes;

    /// <summary>The least and the largest component, their sum and the sum of their squares.</summary>
    public static (float Least, float Most, float Sum, float Squares) Survey(ReadOnlySpan<float> vector)
    {
        var least = Vector256.Create(float.PositiveInfinity);
        var most = Vector256.Create(float.NegativeInfinity);
        var sum = Vector256<float>.Zero;
        var squares = Vector256<float>.Zero;
        var i = 0;
        for (; i <= vector.Length - Lanes; i += Lanes)
        {
            var values = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(vector), (nuint)i);
            least = Vector256.MinNative(least, values);
            most = Vector256.MaxNative(most, values);
            sum += values;
            squares += values * values;
        }

        var survey = (
            Least: float.PositiveInfinity,
            Most: float.NegativeInfinity,
            Sum: Vector256.Sum(sum),
            Squares: Vector256.Sum(squares));
        for (var lane = 0; lane < Lanes; lane++)
        {
            survey.Least = MathF.Min(survey.Least, least[lane]);
            survey.Most = MathF.Max(survey.Most, most[lane]);
        }

        for (; i < vector.Length; i++)
        {
            survey.Least = MathF.Min(survey.Least, vector[i]);
            survey.Most = MathF.Max(survey.Most, vector[i]);
            survey.Sum += vector[i];
            survey.Squares += vector[i] * vector[i];
        }

        return survey;
    }

    /// <summary>
    /// Writes (x - <paramref name="offset"/>) * <paramref name="steps"/> of every component, rounded to the nearest whole
    /// number, ties to even. The lowest eight bits are kept: results from -128 to 255 are right in a signed or an unsigned byte.
    /// </summary>
    public static void Round(ReadOnlySpan<float> vector, float offset, float steps, Span<byte> numbers)
    {
        ref var first = ref MemoryMarshal.GetReference(vector);
        ref var written = ref MemoryMarshal.GetReference(numbers[..vector.Length]);
        var i = 0;
        for (; i <= vector.Length - Step; i += Step)
        {
            var low = Vector256.Narrow(Rounded(ref first, i, offset, steps), Rounded(ref first, i + Lanes, offset, steps));
            var high = Vector256.Narrow(
                Rounded(ref first, i + (2 * Lanes), offset, steps), Rounded(ref first, i + (3 * Lanes), offset, steps));
            Vector256.Narrow(low, high).AsByte().StoreUnsafe(ref written, (nuint)i);
        }

        for (; i < vector.Length; i++)
        {
            numbers[i] = unchecked((byte)(int)MathF.Round((vector[i] - offset) * steps));
        }
    }

    /// <summary>Subtracts 128 from every number, modulo 256: unsigned bytes become signed ones.</summary>
    public static void Centre(Span<byte> numbers)
    {
        ref var first = ref MemoryMarshal.GetReference(numbers);
        var half = Vector256.Create((byte)128);
        var i = 0;
        for (; i <= numbers.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
        {
            (Vector256.LoadUnsafe(ref first, (nuint)i) ^ half).StoreUnsafe(ref first, (nuint)i);
        }

        for (; i < numbers.Length; i++)
        {
            numbers[i] ^= 128;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Rounded(ref float first, int at, float offset, float steps) => Vector256.ConvertToInt32Native(
        Vector256.Round((Vector256.LoadUnsafe(ref first, (nuint)at) - Vector256.Create(offset)) * Vector256.Create(steps)));
}
