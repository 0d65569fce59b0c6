namespace Dml.Benchmarks.Plot;

/// <summary>Draws one picture per data set of the harness's results: recall against speed, for us and the peers.</summary>
internal static class RecallPlots
{
    private static readonly Dictionary<string, string> RateNames = new()
    {
        ["qps1"] = "Queries a second on one thread",
        ["qps1_cpu"] = "Queries a second of CPU time on one thread",
        ["qps2"] = "Queries a second on two threads",
    };

    public static void Run(BenchmarkOptions options)
    {
        var files = options.Text("results").Split(',');
        var folder = options.Text("out");
        var rate = options.Text("rate", "qps1");
        var hits = options.Number("k", 10);
        var ours = options.Text("ours", "dml");
        options.RefuseOthers();
        if (!RateNames.TryGetValue(rate, out var rateName))
        {
            throw new ArgumentException($"--rate must be one of {string.Join(", ", RateNames.Keys)}; got '{rate}'.");
        }

        var sets = RecallCurve.BySet(files.SelectMany(file => MeasurementFile.Read(file, rate)));
        if (sets.Count == 0)
        {
            throw new ArgumentException($"{string.Join(" and ", files)} hold no searches; nothing can be drawn.");
        }

        string[] peers = [.. sets.Values.SelectMany(curves => curves).Select(curve => curve.Peer).Distinct()
            .OrderBy(peer => !peer.StartsWith(ours, StringComparison.Ordinal)).ThenBy(peer => peer, StringComparer.Ordinal)];
        Directory.CreateDirectory(folder);
        foreach (var (set, curves) in sets)
        {
            var plot = new RecallPlot($"{set}: recall against speed", hits, rateName, peers, ours);
            var path = Path.Combine(folder, $"{set}.svg");
            Write(path, plot.Draw(curves).ToString());
            Console.Error.WriteLine($"  {path}");
        }
    }

    private static void Write(string path, string text)
    {
        var temporary = path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create))
        {
            using var writer = new StreamWriter(file, leaveOpen: true);
            writer.WriteLine(text);
            writer.Flush();
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
