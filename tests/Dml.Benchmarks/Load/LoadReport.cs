using System.Runtime.InteropServices;
using Dml.Embedding;

namespace Dml.Benchmarks.Load;

/// <summary>Prints the figures: medians of the rounds, and ratios of adjacent rounds.</summary>
internal static class LoadReport
{
    public static void Head(int items, Embedder embedder)
    {
        var size = embedder.Manifest.Preprocessing.InputSize;
        Line($"{items} items, {embedder.Name} with {embedder.Dimension} dimensions at {size} px, {Environment.ProcessorCount} cores, "
            + RuntimeInformation.FrameworkDescription);
        if (File.Exists("/proc/loadavg"))
        {
            Line($"load average at the start: {File.ReadAllText("/proc/loadavg").Trim()}");
        }
    }

    public static void Imports(IReadOnlyList<ImportRound> rounds)
    {
        if (rounds.Count == 0)
        {
            return;
        }

        Line($"import           {Of(r => r.Rate),7:F1} pictures/s   bare decode + embed {Of(r => r.Bare.Rate):F1}: "
            + $"{Of(r => r.Rate / r.Bare.Rate):P1}   by CPU time {Of(r => r.Bare.CpuMs / r.ServiceCpuMs):P1} "
            + $"({Of(r => r.Bare.CpuMs):F2} ms per bare picture, {Of(r => r.ServiceCpuMs):F2} ms per imported one, "
            + $"of which the index takes {Of(r => r.IndexCpuMs):F2} ms)");

        double Of(Func<ImportRound, double> figure) => Median.Of(rounds.Select(figure));
    }

    public static void OneClient(IReadOnlyList<SideBySide.Pair> pairs)
    {
        var bare50 = Of(pairs, p => P50(p.Before.Times, t => t.TotalMs));
        Line($"bare, 1 thread   {Of(pairs, p => p.BareRate),7:F1} pictures/s   p50 {bare50:F2} ms = "
            + Stages(pairs.SelectMany(p => p.Before.Times)));
        Line($"/search, 1       {Of(pairs, p => p.Served.Rate),7:F1} pictures/s   p50 {Of(pairs, p => p.Served.Percentile(0.5)):F2} ms = "
            + Stages(pairs.SelectMany(p => p.Served.Times))
            + $" + rest {Of(pairs, p => P50(p.Served.Times, t => t.RestMs)):F2}   p99 {Of(pairs, p => p.Served.Percentile(0.99)):F2} ms");
    }

    public static void Bare(IReadOnlyList<SideBySide.Pair> pairs, int threads)
        => Line($"bare, {threads} threads  {Of(pairs, p => p.BareRate),7:F1} pictures/s   "
            + $"CPU {Of(pairs, p => p.BareCpuMs):F2} ms per picture; {Stages(pairs.SelectMany(p => p.Before.Times))}");

    public static void ManyClients(int clients, IReadOnlyList<SideBySide.Pair> pairs)
    {
        Line($"/search, {clients,-2}      {Of(pairs, p => p.Served.Rate),7:F1} pictures/s   {Of(pairs, p => p.Share):P1} of the bare loop, "
            + $"{Of(pairs, p => p.ShareWithoutClients):P1} without the clients' CPU time, {Of(pairs, p => p.ShareByCpu):P1} by CPU time   "
            + $"p50 {Of(pairs, p => p.Served.Percentile(0.5)):F1} ms   p99 {Of(pairs, p => p.Served.Percentile(0.99)):F1} ms   "
            + $"errors {pairs.Sum(p => p.Served.Errors)}");
        Line($"                 CPU per request: service {Of(pairs, p => p.Served.ServiceCpuMs):F2} ms, "
            + $"clients {Of(pairs, p => p.Served.ClientCpuMs):F3} ms; {Stages(pairs.SelectMany(p => p.Served.Times))}");
    }

    public static void Open(string arrivals, double rate, LoadRound round, double[] ideal)
    {
        var (p50, p99) = (round.Percentile(0.5), round.Percentile(0.99));
        var (ideal50, ideal99) = (Median.Percentile(ideal, 0.5), Median.Percentile(ideal, 0.99));
        Line($"/search at {rate,5:F0}/s, {arrivals,-9}   p50 {p50:F1} ms   p99 {p99:F1} ms   p99/p50 {p99 / p50:F2}   "
            + $"errors {round.Errors}   "
            + $"(an ideal queue with the same arrivals: p50 {ideal50:F1} ms, p99 {ideal99:F1} ms, {ideal99 / ideal50:F2})");
    }

    public static void Repeated(LoadRound round, int clients)
        => Line($"repeated, {clients,-2}     {round.Rate,7:F1} requests/s   p50 {round.Percentile(0.5):F2} ms   "
            + $"p99 {round.Percentile(0.99):F2} ms   errors {round.Errors}   "
            + $"CPU per request: service {round.ServiceCpuMs:F3} ms, clients {round.ClientCpuMs:F3} ms");

    public static void Soak(string name, LoadRound round, int clients, long memory)
        => Line($"{name,-12} {clients} clients   {round.Rate,7:F1} pictures/s   p50 {round.Percentile(0.5):F1} ms   "
            + $"p99 {round.Percentile(0.99):F1} ms   "
            + $"{round.Times.Length} responses, {round.Errors} errors   memory {memory / 1e6:F0} MB");

    public static void Memory(long bytes) => Line($"service memory {bytes / 1e6:F0} MB");

    private static string Stages(IEnumerable<SearchTime> times)
    {
        var all = times.ToList();
        return $"decode {P50(all, t => t.DecodeMs):F2} + embed {P50(all, t => t.EmbedMs):F2} + search {P50(all, t => t.SearchMs):F2}";
    }

    private static double Of(IReadOnlyList<SideBySide.Pair> pairs, Func<SideBySide.Pair, double> figure) => Median.Of(pairs.Select(figure));

    private static double P50(IEnumerable<SearchTime> times, Func<SearchTime, double> stage) => Median.Of(times.Select(stage));

    private static void Line(string text) => Console.WriteLine(text);
}
