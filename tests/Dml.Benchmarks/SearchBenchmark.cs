using System.Diagnostics;
using Dml.Embedding;
using Dml.Embedding.Demo;
using Dml.Index;
using Dml.Tests.Shared;

namespace Dml.Benchmarks;

/// <summary>
/// What share of a bare decode + embed + search loop on the same cores POST /search reaches. Rounds are interleaved,
/// bare loop and every number of clients in turn, so that a machine whose speed drifts does not favour one.
/// </summary>
internal static class SearchBenchmark
{
    private const int Hits = 10;
    private const int PictureCount = 200;

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var model = options.Text("model", "emoji");
        var clients = options.Numbers("clients", "1,4,16");
        var seconds = TimeSpan.FromSeconds(options.Number("seconds", 5));
        var rounds = options.Number("rounds", 5);

        var drawings = EmojiDrawings.Open(Repository.DemoDrawings).Drawings;
        var pictures = drawings.Where((_, i) => i % (drawings.Count / PictureCount) == 0).Select(drawing => drawing.RenderPng(128)).ToArray();
        await using var service = await DemoService.StartAsync(model, cancel);
        await service.FillAsync(drawings, cancel);
        using var embedder = Embedder.Open(Path.Combine(Repository.Models, model));
        var loop = new BareLoop(embedder, await FilledIndexAsync(embedder, drawings, cancel));

        var bareOne = new List<double>();
        var bareAll = new List<double>();
        var served = clients.ToDictionary(count => count, _ => new List<LoadFigures>());
        for (var round = 1; round <= rounds; round++)
        {
            bareOne.Add(loop.Run(pictures, 1, seconds));
            bareAll.Add(loop.Run(pictures, Environment.ProcessorCount, seconds));
            foreach (var count in clients)
            {
                served[count].Add(await HttpLoad.RunAsync(service.Client, pictures, count, Hits, seconds, cancel));
            }
            Console.Error.WriteLine($"  round {round} of {rounds}");
        }

        Console.WriteLine($"{drawings.Count} items, {embedder.Dimension} dimensions, {Environment.ProcessorCount} cores, medians of {rounds} rounds of {seconds.TotalSeconds} s");
        Console.WriteLine($"bare loop, 1 thread              {Median.Of(bareOne),8:F1} pictures/s");
        Console.WriteLine($"bare loop, {Environment.ProcessorCount} threads             {Median.Of(bareAll),8:F1} pictures/s   {Median.Of(bareAll) / Environment.ProcessorCount:F1} a core");
        foreach (var (count, figures) in served)
        {
            var bare = count == 1 ? bareOne : bareAll;
            Console.WriteLine(
                $"POST /search, {count,2} clients         {Median.Of(figures.Select(f => f.PicturesPerSecond)),8:F1} pictures/s   "
                + $"{Median.Of(figures.Zip(bare, (f, b) => f.PicturesPerSecond / b)):P1} of the bare loop on {(count == 1 ? "1 thread" : "all cores")}   "
                + $"p50 {Median.Of(figures.Select(f => f.P50)):F1} ms   p99 {Median.Of(figures.Select(f => f.P99)):F1} ms");
        }
        Console.WriteLine($"service memory {service.ResidentBytes / 1e6:F0} MB");
    }

    private static async Task<HnswIndex> FilledIndexAsync(Embedder embedder, IReadOnlyList<EmojiDrawing> drawings, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        var index = new HnswIndex(embedder.Dimension, Metric.InnerProduct);
        await Parallel.ForAsync(0, drawings.Count, cancel, async (i, stop) =>
        {
            var result = await embedder.EmbedAsync(drawings[i].RenderPng(128), stop);
            index.Upsert(i, result.Vector);
        });
        Console.Error.WriteLine($"  the bare loop's index took {watch.Elapsed.TotalSeconds:F1} s");
        return index;
    }
}
