using System.Runtime.InteropServices;
using System.Text.Json;

namespace Dml.Benchmarks.Tests;

/// <summary>A small data set in the format of the harness. Its exact neighbours are computed by brute force in double precision.</summary>
internal sealed class TinySet
{
    internal const string Name = "tiny";
    internal const int Count = 1200;
    internal const int QueryCount = 40;
    internal const int Dimension = 12;
    internal const int ExactCount = 20;
    private const int Seed = 11;

    internal TinySet(string folder, string metric)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        Base = Rows(random, Count, metric == "ip");
        Queries = Rows(random, QueryCount, metric == "ip");
        Exact = [.. Queries.Select(
            query => Enumerable.Range(0, Count).OrderBy(row => Distance(metric, query, Base[row])).Take(ExactCount).ToArray())];
        File.WriteAllText(Path.Combine(folder, $"{Name}.json"), JsonSerializer.Serialize(
            new { name = Name, n = Count, nq = QueryCount, dim = Dimension, metric, k = ExactCount }));
        Write<float>(folder, "base.f32", Base);
        Write<float>(folder, "query.f32", Queries);
        Write<int>(folder, "gt.i32", Exact);
    }

    internal float[][] Base { get; }

    internal float[][] Queries { get; }

    internal int[][] Exact { get; }

    private static double Distance(string metric, float[] a, float[] b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += metric == "l2" ? ((double)a[i] - b[i]) * ((double)a[i] - b[i]) : -(double)a[i] * b[i];
        }

        return sum;
    }

    private static float[][] Rows(Random random, int count, bool unit) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        float[] row = [.. Enumerable.Range(0, Dimension).Select(_ => (random.NextSingle() * 2) - 1)];
        var length = unit ? Math.Sqrt(row.Sum(x => (double)x * x)) : 1;
        return row.Select(x => (float)(x / length)).ToArray();
    })];

    private static void Write<T>(string folder, string kind, T[][] rows)
        where T : unmanaged => File.WriteAllBytes(
            Path.Combine(folder, $"{Name}.{kind}"), [.. rows.SelectMany(row => MemoryMarshal.AsBytes(row.AsSpan()).ToArray())]);
}
