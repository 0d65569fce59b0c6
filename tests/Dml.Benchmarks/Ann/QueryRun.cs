using System.Diagnostics;
using Dml.Index;

namespace Dml.Benchmarks.Ann;

/// <summary>Runs all queries of a data set against an index with one beam width. Its loops do not allocate.</summary>
internal sealed class QueryRun(IVectorIndex index, AnnData data, int k, int ef)
{
    private const int Chunk = 16;

    private readonly SearchOptions _options = new() { EfSearch = ef };
    private readonly long[] _found = new long[data.QueryCount * k];
    private int _next;

    /// <summary>Share of the k exact nearest neighbours among the k hits, averaged over the queries.</summary>
    public double Recall()
    {
        Array.Fill(_found, -1);
        Search(0, data.QueryCount);
        long shared = 0;
        for (var query = 0; query < data.QueryCount; query++)
        {
            foreach (var exact in data.ExactOf(query, k))
            {
                shared += _found.AsSpan(query * k, k).Contains(exact) ? 1 : 0;
            }
        }

        return (double)shared / _found.Length;
    }

    /// <summary>Queries per second of this thread, by wall time and by its CPU time.</summary>
    public (double Wall, double Cpu) OneThread(TimeSpan least, CancellationToken cancel)
    {
        long done = 0;
        var (cpu, begin) = (CpuClock.ThreadSeconds, Stopwatch.GetTimestamp());
        double seconds, cpuSeconds;
        do
        {
            cancel.ThrowIfCancellationRequested();
            Search(0, data.QueryCount);
            done += data.QueryCount;
            seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            cpuSeconds = CpuClock.ThreadSeconds - cpu;
        }
        while (seconds < least.TotalSeconds);
        return (done / seconds, done / cpuSeconds);
    }

    /// <summary>Queries per second of two threads that take chunks of the same queries in turn.</summary>
    public double TwoThreads(TimeSpan least, CancellationToken cancel)
    {
        long done = 0;
        var begin = Stopwatch.GetTimestamp();
        double seconds;
        do
        {
            cancel.ThrowIfCancellationRequested();
            _next = 0;
            // A thread of the pool, because starting a thread for every pass would cost as much as several searches.
            var partner = Task.Run(TakeChunks, cancel);
            TakeChunks();
            partner.Wait(cancel);
            done += data.QueryCount;
            seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        }
        while (seconds < least.TotalSeconds);
        return done / seconds;
    }

    private void TakeChunks()
    {
        for (int begin; (begin = Interlocked.Add(ref _next, Chunk) - Chunk) < data.QueryCount;)
        {
            Search(begin, Math.Min(begin + Chunk, data.QueryCount));
        }
    }

    private void Search(int begin, int end)
    {
        Span<Neighbor> neighbors = stackalloc Neighbor[k];
        for (var query = begin; query < end; query++)
        {
            var hits = index.Search(data.Query(query), neighbors, _options);
            for (var hit = 0; hit < hits; hit++)
            {
                _found[(query * k) + hit] = neighbors[hit].Key;
            }
        }
    }
}
