using System.Runtime.CompilerServices;
using System.Text.Json;
using Dml.Index.Codes;
using Dml.Index.Kernels;

namespace Dml.Index.Tests;

/// <summary>
/// What this assembly does, in place of running tests, when a test starts it as a process of its own: builds a small index,
/// searches it and writes down what came out. Which instructions a process may use is settled when it starts.
/// </summary>
internal static class SearchProcess
{
    public const string Asked = "DML_INDEX_SEARCH_PROCESS";

    private const int Dimension = 40;

    public sealed record Result(string VectorKernel, string CodeKernel, long[][] Hits);

    public static Result Run()
    {
        var random = new Random(76);
        var hits = new List<long[]>();
        foreach (var code in Enum.GetValues<VectorCode>())
        {
            var index = new HnswIndex(Dimension, Metric.L2, new HnswOptions { Code = code, EfConstruction = 40 });
            for (var key = 0; key < 1000; key++)
            {
                index.Upsert(key, Draw(random));
            }

            var neighbors = new Neighbor[10];
            for (var query = 0; query < 20; query++)
            {
                var found = index.Search(Draw(random), neighbors, new SearchOptions { EfSearch = query % 2 == 0 ? 12 : 400 });
                hits.Add([.. neighbors[..found].Select(hit => hit.Key)]);
            }
        }

        return new Result(VectorKernels.Best.Name, CodeKernels.Best.Name, [.. hits]);
    }

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Asked) is not null)
        {
            Console.WriteLine(JsonSerializer.Serialize(Run()));
            Environment.Exit(0);
        }
    }

    // Eight clusters: the graph then has something to be wrong about.
    private static float[] Draw(Random random)
    {
        var cluster = random.Next(8);
        return [.. Enumerable.Range(0, Dimension).Select(i => random.NextSingle() + (i % 8 == cluster ? 3 : 0))];
    }
}
