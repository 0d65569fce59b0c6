using Dml.Demo;
using Dml.Embedding;
using Dml.Index;
using Dml.Tests.Shared;

namespace Dml.Benchmarks.Load;

/// <summary>
/// How near the service comes to a bare loop of decode, embed and search on the same cores: imports, searches under
/// load, their delay, and repeated pictures. Everything is measured in one run, service and bare loop in turn, and
/// compared with the rounds beside it, so that a machine whose speed drifts favours neither.
/// </summary>
internal static class LoadBenchmark
{
    private const int Hits = 10;
    private const int PictureCount = 200;
    private const int PictureSize = 128;
    private const int OpenClients = 64;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(BenchmarkOptions options, CancellationToken cancel)
    {
        var model = options.Text("model", "emoji");
        var clients = options.Numbers("clients", "4,16,64");
        var seconds = TimeSpan.FromSeconds(options.Number("seconds", 5));
        var rounds = options.Number("rounds", 5);
        var items = options.Number("items", int.MaxValue);
        var minutes = options.Number("minutes", 0);
        options.RefuseOthers();

        var drawings = EmojiDrawings.Open(Repository.DemoDrawings).Drawings.Take(items).ToList();
        using var embedder = Embedder.Open(Path.Combine(Repository.Models, model));
        var index = new HnswIndex(embedder.Dimension, Metric.InnerProduct);
        var bare = new BareLoop(embedder, index);
        await using var service = await DemoService.StartAsync(model, cancel);
        LoadReport.Head(drawings.Count, embedder);

        LoadReport.Imports(await ImportRounds.RunAsync(service, bare, index, drawings, PictureSize, cancel));

        var pictures = drawings.Where((_, i) => i % Math.Max(1, drawings.Count / PictureCount) == 0).Select(drawing => drawing.RenderPng(PictureSize)).ToArray();
        var fresh = new PictureSeries(pictures, areNew: true);
        var threads = new ClientThreads(service.Address, Hits, () => service.CpuSeconds);
        var repeated = new PictureSeries(pictures, areNew: false);
        // The compiler looks again at what has run some ten thousand times: cached answers are the quickest way there.
        threads.Closed(repeated, clients.Max(), WarmUp);
        threads.Closed(fresh, clients.Max(), WarmUp);
        if (minutes > 0)
        {
            Soak(service, threads, fresh, clients.Max(), minutes, cancel);
            return;
        }

        var all = Environment.ProcessorCount;
        var one = SideBySide.Run(rounds, () => bare.Run(pictures, 1, seconds), [() => threads.Closed(fresh, 1, seconds)], cancel);
        LoadReport.OneClient(one[0]);
        var many = SideBySide.Run(
            rounds, () => bare.Run(pictures, all, seconds), [.. clients.Select(count => (Func<LoadRound>)(() => threads.Closed(fresh, count, seconds)))], cancel);
        LoadReport.Bare(many[0], all);
        foreach (var (count, pairs) in clients.Zip(many))
        {
            LoadReport.ManyClients(count, pairs);
        }

        var capacity = many.Max(pairs => Median.Of(pairs.Select(pair => pair.Served.Rate)));
        var rate = 0.8 * capacity;
        for (var round = 1; round <= rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            Open("at random", Arrivals.Poisson(rate, seconds.TotalSeconds, seed: round));
            Open("evenly", Arrivals.EvenlySpaced(rate, seconds.TotalSeconds));
        }

        LoadReport.Repeated(threads.Closed(repeated, clients.Max(), seconds), clients.Max());
        LoadReport.Memory(service.ResidentBytes);

        void Open(string name, double[] arrivals) =>
            LoadReport.Open(name, rate, threads.Open(fresh, OpenClients, arrivals), Arrivals.IdealQueue(arrivals, all, all / capacity));
    }

    // Minute by minute, so that what grows is seen growing.
    private static void Soak(DemoService service, ClientThreads threads, PictureSeries pictures, int clients, int minutes, CancellationToken cancel)
    {
        var all = new List<LoadRound>();
        for (var minute = 1; minute <= minutes && !cancel.IsCancellationRequested; minute++)
        {
            all.Add(threads.Closed(pictures, clients, TimeSpan.FromMinutes(1)));
            LoadReport.Soak($"minute {minute}", all[^1], clients, service.ResidentBytes);
        }

        LoadReport.Soak($"{all.Count} minutes", LoadRound.Together(all), clients, service.ResidentBytes);
    }
}
