using System.Numerics;
using System.Runtime.InteropServices;

namespace Dml.Training.Numerics;

/// <summary>
/// Dot products of a few queries with many rows: a matrix product that keeps 4 × 2 sums in registers, so that it computes instead of
/// waiting for memory.
/// </summary>
/// <remarks>
/// Every product adds up in the same order wherever its pair stands, so equal vectors have equal scores and ties stay ties.
/// </remarks>
internal static class DotBlock
{
    /// <summary>Queries are taken in groups of this many; pad with zeros.</summary>
    public const int QueryGroup = 4;

    // Even, so that a pair never spans two chunks.
    private const int ChunkRows = 64;

    /// <summary>Writes scores[q × gallery.Length + g] = queries[q] · vectors[gallery[g]].</summary>
    /// <param name="queries">[a multiple of <see cref="QueryGroup"/>, dimension].</param>
    /// <param name="vectors">[rows, dimension].</param>
    /// <param name="dimension">Length of a row, at least 1.</param>
    /// <param name="gallery">Rows to multiply with.</param>
    /// <param name="scores">[queries, gallery], written here.</param>
    public static void Multiply(
        ReadOnlySpan<float> queries, ReadOnlySpan<float> vectors, int dimension, ReadOnlySpan<int> gallery, Span<float> scores)
    {
        var count = queries.Length / dimension;
        // A chunk of the gallery stays in the second cache while every group of queries, which fits the first, goes over it.
        for (var chunk = 0; chunk < gallery.Length; chunk += ChunkRows)
        {
            var end = Math.Min(chunk + ChunkRows, gallery.Length);
            for (var q = 0; q < count; q += QueryGroup)
            {
                var group = queries.Slice(q * dimension, QueryGroup * dimension);
                for (var g = chunk; g < end; g += 2)
                {
                    // The last of an odd number is its own neighbour and is written twice.
                    var other = Math.Min(g + 1, gallery.Length - 1);
                    Tile(
                        group, vectors.Slice(gallery[g] * dimension, dimension), vectors.Slice(gallery[other] * dimension, dimension),
                        scores[(q * gallery.Length)..], gallery.Length, g, other);
                }
            }
        }
    }

    private static void Tile(
        ReadOnlySpan<float> queries, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> scores, int stride, int g, int other)
    {
        var dimension = left.Length;
        ref var query = ref MemoryMarshal.GetReference(queries);
        ref var one = ref MemoryMarshal.GetReference(left);
        ref var two = ref MemoryMarshal.GetReference(right);
        Vector<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        var i = 0;
        for (; i <= dimension - Vector<float>.Count; i += Vector<float>.Count)
        {
            var (x, y) = (Vector.LoadUnsafe(ref one, (nuint)i), Vector.LoadUnsafe(ref two, (nuint)i));
            var q0 = Vector.LoadUnsafe(ref query, (nuint)i);
            var q1 = Vector.LoadUnsafe(ref query, (nuint)(dimension + i));
            var q2 = Vector.LoadUnsafe(ref query, (nuint)(2 * dimension + i));
            var q3 = Vector.LoadUnsafe(ref query, (nuint)(3 * dimension + i));
            (a0, b0) = (Vector.FusedMultiplyAdd(q0, x, a0), Vector.FusedMultiplyAdd(q0, y, b0));
            (a1, b1) = (Vector.FusedMultiplyAdd(q1, x, a1), Vector.FusedMultiplyAdd(q1, y, b1));
            (a2, b2) = (Vector.FusedMultiplyAdd(q2, x, a2), Vector.FusedMultiplyAdd(q2, y, b2));
            (a3, b3) = (Vector.FusedMultiplyAdd(q3, x, a3), Vector.FusedMultiplyAdd(q3, y, b3));
        }

        Finish(queries[..dimension], left, right, i, Vector.Sum(a0), Vector.Sum(b0), scores, g, other);
        Finish(queries.Slice(dimension, dimension), left, right, i, Vector.Sum(a1), Vector.Sum(b1), scores[stride..], g, other);
        Finish(queries.Slice(2 * dimension, dimension), left, right, i, Vector.Sum(a2), Vector.Sum(b2), scores[(2 * stride)..], g, other);
        Finish(queries.Slice(3 * dimension, dimension), left, right, i, Vector.Sum(a3), Vector.Sum(b3), scores[(3 * stride)..], g, other);
    }

    private static void Finish(
        ReadOnlySpan<float> query, ReadOnlySpan<float> left, ReadOnlySpan<float> right, int i, float one, float two, Span<float> scores,
        int g, int other)
    {
        for (; i < query.Length; i++)
        {
            one += query[i] * left[i];
            two += query[i] * right[i];
        }

        scores[g] = one;
        scores[other] = two;
    }
}
