using System.Diagnostics;
using System.Net.Sockets;
using Dml.Benchmarks.Ann;

namespace Dml.Benchmarks.Load;

/// <summary>Clients with one thread and one connection each. They wait in system calls, which costs the least.</summary>
internal sealed class ClientThreads(Uri service, int k, Func<double> serviceCpuSeconds)
{
    private const int StackBytes = 256 * 1024;
    private const int Ok = 200;

    /// <summary>A closed loop: each client sends its next picture when it has the last response.</summary>
    public LoadRound Closed(PictureSeries pictures, int clients, TimeSpan duration)
    {
        var watch = Stopwatch.StartNew();
        return Run(pictures, clients, () => watch.Elapsed < duration ? Stopwatch.GetTimestamp() : 0);
    }

    /// <summary>
    /// An open loop: requests become due at the given times, whether or not earlier ones have been answered, and their latency is measured
    /// from then.
    /// </summary>
    public LoadRound Open(PictureSeries pictures, int clients, double[] arrivals)
    {
        var next = -1;
        var begin = Stopwatch.GetTimestamp();
        return Run(pictures, clients, () =>
        {
            var number = Interlocked.Increment(ref next);
            if (number >= arrivals.Length)
            {
                return 0;
            }

            var due = begin + (long)(arrivals[number] * Stopwatch.Frequency);
            Sleep.Until(due);
            return due;
        });
    }

    private LoadRound Run(PictureSeries pictures, int clients, Func<long> due)
    {
        var times = new List<SearchTime>[clients];
        var errors = 0L;
        var (service0, client0) = (serviceCpuSeconds(), CpuClock.ProcessSeconds);
        var watch = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, clients).Select(i => new Thread(() => times[i] = RunOne(pictures, due, ref errors), StackBytes))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return new LoadRound(
            [.. times.SelectMany(list => list)], errors, watch.Elapsed.TotalSeconds, serviceCpuSeconds() - service0,
            CpuClock.ProcessSeconds - client0);
    }

    private List<SearchTime> RunOne(PictureSeries pictures, Func<long> due, ref long errors)
    {
        var times = new List<SearchTime>(1024);
        Span<byte> mark = stackalloc byte[PictureSeries.MarkBytes];
        SearchConnection? connection = null;
        while (due() is var begin and not 0)
        {
            try
            {
                connection ??= new SearchConnection(service, k);
                var picture = pictures.Next(mark, out var marked);
                var answer = connection.Search(picture, mark[..marked]);
                if (answer.Status == Ok)
                {
                    times.Add(new SearchTime(Stopwatch.GetElapsedTime(begin).TotalMilliseconds, answer.DecodeMs, answer.EmbedMs,
                        answer.SearchMs));
                    continue;
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                connection?.Dispose();
                connection = null;
            }

            Interlocked.Increment(ref errors);
        }

        connection?.Dispose();
        return times;
    }
}
