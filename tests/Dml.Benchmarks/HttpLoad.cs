using System.Collections.Concurrent;
using System.Diagnostics;
using Dml.Benchmarks.Load;
using Dml.Client;

namespace Dml.Benchmarks;

/// <summary>A closed loop of clients: each sends its next picture when it has the last response.</summary>
internal static class HttpLoad
{
    public static async Task<LoadFigures> RunAsync(
        DmlClient client, PictureSeries pictures, int clients, int k, TimeSpan duration, CancellationToken cancel)
    {
        var times = new ConcurrentBag<double>();
        var options = new SearchOptions { K = k };
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            while (watch.Elapsed < duration)
            {
                var picture = pictures.NextFile();
                var begin = Stopwatch.GetTimestamp();
                await client.SearchAsync(picture, options, cancel);
                times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }
        }, cancel)));
        return new LoadFigures(times.Count / watch.Elapsed.TotalSeconds, Median.Of(times), Median.Percentile(times, 0.99));
    }
}
