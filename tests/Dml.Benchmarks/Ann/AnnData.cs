using System.Runtime.InteropServices;
using System.Text.Json;
using Dml.Index;

namespace Dml.Benchmarks.Ann;

/// <summary>
/// A data set of the harness: little-endian, row-major files without headers and a JSON file with the shapes. <c>NAME.base.f32</c> and
/// <c>NAME.query.f32</c> contain vectors, <c>NAME.gt.i32</c> the rows of the exact nearest neighbours of each query, nearest first.
/// </summary>
internal sealed class AnnData
{
    private AnnData(int count, int queryCount, int dimension, int exactCount, Metric metric)
    {
        (Count, QueryCount, Dimension, ExactCount, Metric) = (count, queryCount, dimension, exactCount, metric);
        Keys = new long[count];
        for (var row = 0; row < count; row++)
        {
            Keys[row] = row;
        }
    }

    public int Count { get; }

    public int QueryCount { get; }

    public int Dimension { get; }

    /// <summary>Number of exact neighbours known per query.</summary>
    public int ExactCount { get; }

    public Metric Metric { get; }

    /// <summary>Row numbers, which are the keys of the items.</summary>
    public long[] Keys { get; }

    public required float[] Base { get; init; }

    public required float[] Queries { get; init; }

    public required int[] Exact { get; init; }

    public ReadOnlySpan<float> Query(int query) => Queries.AsSpan(query * Dimension, Dimension);

    /// <summary>Rows of the <paramref name="k"/> exact nearest neighbours of a query.</summary>
    public ReadOnlySpan<int> ExactOf(int query, int k) => Exact.AsSpan(query * ExactCount, k);

    public static AnnData Read(string folder, string name)
    {
        var stem = Path.Combine(folder, name);
        using var header = JsonDocument.Parse(File.ReadAllBytes(stem + ".json"));
        int Shape(string field) => header.RootElement.GetProperty(field).GetInt32();
        var (count, queryCount, dimension, exactCount) = (Shape("n"), Shape("nq"), Shape("dim"), Shape("k"));
        var metric = header.RootElement.GetProperty("metric").GetString() switch
        {
            "l2" => Metric.L2,
            "ip" => Metric.InnerProduct,
            var other => throw new ArgumentException($"{stem}.json says the metric '{other}'; 'l2' or 'ip' was expected."),
        };
        return new AnnData(count, queryCount, dimension, exactCount, metric)
        {
            Base = ReadRows<float>(stem + ".base.f32", count, dimension),
            Queries = ReadRows<float>(stem + ".query.f32", queryCount, dimension),
            Exact = ReadRows<int>(stem + ".gt.i32", queryCount, exactCount),
        };
    }

    private static T[] ReadRows<T>(string path, int rows, int columns)
        where T : unmanaged
    {
        var values = GC.AllocateUninitializedArray<T>(checked(rows * columns));
        // Unbuffered, so that only the values are in memory when the build starts.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        if (file.Length != bytes.Length)
        {
            throw new ArgumentException($"{path} has {file.Length} bytes; its header says {rows} x {columns}, which are {bytes.Length}.");
        }

        file.ReadExactly(bytes);
        return values;
    }
}
