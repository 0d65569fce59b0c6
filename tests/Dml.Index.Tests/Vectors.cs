namespace Dml.Index.Tests;

/// <summary>Items as <see cref="HnswIndex.UpsertMany"/> takes them.</summary>
internal static class Vectors
{
    public static long[] Keys(int count) => [.. Enumerable.Range(0, count).Select(key => (long)key)];

    public static float[] Flat(IReadOnlyCollection<float[]> vectors) => [.. vectors.SelectMany(vector => vector)];
}
