namespace Dml.Benchmarks.Load;

/// <summary>Arrival times of independent requests, and the response times of an ideal queue for them.</summary>
internal static class Arrivals
{
    /// <summary>A Poisson process: seconds from the start, ascending.</summary>
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

    /// <summary>Requests at equal intervals, as most load generators send them: seconds from the start, ascending.</summary>
    public static double[] EvenlySpaced(double rate, double seconds)
        => [.. Enumerable.Range(0, (int)(rate * seconds)).Select(i => i / rate)];

    /// <summary>
    /// Milliseconds from arrival to end, first come, first served, if every request takes exactly <paramref name="service"/> seconds on one
    /// of <paramref name="servers"/> and nothing else costs time. No service of that speed has shorter waits, so the ratio of its p99 to
    /// its
    /// p50 is the bound for a real one.
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
