namespace Dml.Benchmarks.Load;

/// <summary>When requests come that know nothing of each other, and what the best queue would make of them.</summary>
internal static class Arrivals
{
    /// <summary>A Poisson process: seconds from the beginning, ascending.</summary>
    public static double[] Poisson(double rate, double seconds, int seed)
    {
        var random = new Random(seed);
        var arrivals = new List<double>();
        for (var at = 0.0; (at -= Math.Log(1 - random.NextDouble()) / rate) < seconds;)
        {
            arrivals.Add(at);
        }

        return [.. arrivals];
    }

    /// <summary>One request after the other at the same distance, as most load generators send them: seconds from the beginning, ascending.</summary>
    public static double[] EvenlySpaced(double rate, double seconds) => [.. Enumerable.Range(0, (int)(rate * seconds)).Select(i => i / rate)];

    /// <summary>
    /// Milliseconds from arrival to end when every request takes exactly <paramref name="service"/> seconds on one of
    /// <paramref name="servers"/> and nothing else costs time: first come, first served. No service of that speed has
    /// a shorter wait, so its p99 beside its p50 is the measure for a real one's.
    /// </summary>
    public static double[] IdealQueue(double[] arrivals, int servers, double service)
    {
        var free = new PriorityQueue<double, double>(Enumerable.Repeat((0.0, 0.0), servers));
        var times = new double[arrivals.Length];
        for (var i = 0; i < arrivals.Length; i++)
        {
            var end = Math.Max(arrivals[i], free.Dequeue()) + service;
            free.Enqueue(end, end);
            times[i] = 1e3 * (end - arrivals[i]);
        }

        return times;
    }
}
