using Dml.Index;

namespace Dml.Benchmarks.Ann;

/// <summary>
/// One measurement of the vector index for a harness that compares it with other libraries: build or load, then recall and speed for each
/// beam width. The last line of standard output is an <see cref="AnnResult"/>.
/// </summary>
internal static class AnnBenchmark
{
    private const string Peer = "dml";

    public static void Run(BenchmarkOptions arguments, TextWriter output, CancellationToken cancel)
    {
        var options = AnnOptions.Parse(arguments);
        var data = AnnData.Read(options.Data, options.Set);
        if (options.K > data.ExactCount)
        {
            throw new ArgumentException($"--k must be at most {data.ExactCount}, the exact neighbours of {options.Set}; got {options.K}.");
        }

        var load = options.Load is not null;
        var (index, effort) = Effort.Of(() => load ? AnnSubject.Load(options.Load!, options) : AnnSubject.Build(data, options, cancel));
        Console.Error.WriteLine($"  {(load ? "loaded" : "built")} in {effort.Seconds:F1} s");
        if (options.Save is not null)
        {
            index.Save(options.Save);
        }

        output.WriteLine(new AnnResult
        {
            Peer = Peer,
            Set = options.Set,
            Count = data.Count,
            M = options.M,
            EfConstruction = options.EfConstruction,
            K = options.K,
            BuildThreads = options.Threads,
            BuildSeconds = load ? null : Math.Round(effort.Seconds, 3),
            BuildCpuSeconds = load ? null : Math.Round(effort.CpuSeconds, 3),
            BuildMemoryBytes = load ? null : effort.MemoryBytes,
            LoadSeconds = load ? Math.Round(effort.Seconds, 3) : null,
            LoadCpuSeconds = load ? Math.Round(effort.CpuSeconds, 3) : null,
            LoadMemoryBytes = load ? effort.MemoryBytes : null,
            IndexBytes = index.MemoryBytes,
            FileBytes = (options.Save ?? options.Load) is { } file ? new FileInfo(file).Length : -1,
            Search = options.Search ? Measure(index, data, options, cancel) : [],
        }.ToJson());
    }

    private static List<AnnSearch> Measure(HnswIndex index, AnnData data, AnnOptions options, CancellationToken cancel)
    {
        var runs = options.Efs.Select(ef => new QueryRun(index, data, options.K, ef)).ToList();
        // Recall comes first and is not timed, so it also warms up the caches and the compiler.
        var searches = options.Efs.Zip(runs, (ef, run) =>
        {
            var before = index.SlotsSeen;
            var recall = run.Recall();
            return new AnnSearch
            {
                Ef = ef,
                Recall = Math.Round(recall, 5),
                Distances = Math.Round((index.SlotsSeen - before) / (double)data.QueryCount, 1),
                OneThread = [],
                OneThreadCpu = [],
                TwoThreads = [],
            };
        }).ToList();

        // Each round covers all beam widths, so that a burst of other work affects one repeat of several points instead of every repeat of
        // one point.
        for (var round = 1; round <= options.Rounds; round++)
        {
            foreach (var (search, run) in searches.Zip(runs))
            {
                var (wall, cpu) = run.OneThread(options.Least, cancel);
                search.OneThread.Add(Math.Round(wall, 2));
                search.OneThreadCpu.Add(Math.Round(cpu, 2));
                search.TwoThreads.Add(Math.Round(run.TwoThreads(options.Least, cancel), 2));
            }

            Console.Error.WriteLine($"  round {round} of {options.Rounds}");
        }

        return searches;
    }
}
