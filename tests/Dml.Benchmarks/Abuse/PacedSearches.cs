using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using Dml.Benchmarks.Load;

namespace Dml.Benchmarks.Abuse;

/// <summary>
/// Somebody else's searches, fifty a second whether or not earlier ones have been answered: each is measured from when it was due.
/// </summary>
internal sealed class PacedSearches(HttpClient http, PictureSeries pictures)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Searches until it is told to stop.</summary>
    /// <returns>Milliseconds of each answer, and how many were no answers.</returns>
    public async Task<(IReadOnlyCollection<double> Times, int Failures)> RunAsync(CancellationToken stop)
    {
        var times = new ConcurrentBag<double>();
        var failures = 0;
        var open = new List<Task>();
        var begin = Stopwatch.GetTimestamp();
        for (var due = TimeSpan.Zero; !stop.IsCancellationRequested; due += Interval)
        {
            var early = due - Stopwatch.GetElapsedTime(begin);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early, CancellationToken.None);
            }

            open.Add(SearchAsync(due));
        }

        await Task.WhenAll(open);
        return (times, failures);

        async Task SearchAsync(TimeSpan due)
        {
            try
            {
                using var body = new ByteArrayContent(pictures.NextFile());
                body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                using var answer = await http.PostAsync("search?k=10", body, CancellationToken.None);
                answer.EnsureSuccessStatusCode();
                times.Add((Stopwatch.GetElapsedTime(begin) - due).TotalMilliseconds);
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                Interlocked.Increment(ref failures);
            }
        }
    }
}
