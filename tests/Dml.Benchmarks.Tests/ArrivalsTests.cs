using Dml.Benchmarks.Load;

namespace Dml.Benchmarks.Tests;

public class ArrivalsTests
{
    [Fact]
    public void The_ideal_queue_serves_in_order_on_whichever_server_is_free()
    {
        // By hand: two start immediately, the third waits for the first, the fourth finds both free again.
        Assert.Equal([1000.0, 1000.0, 1500.0, 1000.0], Arrivals.IdealQueue([0, 0, 0.5, 5], servers: 2, service: 1));
    }

    [Fact]
    public void One_server_waits_as_Pollaczek_and_Khinchine_say()
    {
        const double Load = 0.6;
        var times = Arrivals.IdealQueue(Arrivals.Poisson(Load, 200_000, seed: 1), servers: 1, service: 1);
        // M/D/1: mean time in the system 1 + load / (2 (1 - load)) service times.
        Assert.Equal(1000 * (1 + (Load / (2 * (1 - Load)))), times.Average(), 20.0);
    }

    [Fact]
    public void A_Poisson_process_has_its_rate_and_no_memory()
    {
        const double Rate = 50;
        const double Seconds = 2000;
        var arrivals = Arrivals.Poisson(Rate, Seconds, seed: 2);
        Assert.Equal(arrivals.Order(), arrivals);
        Assert.InRange(arrivals[^1], 0, Seconds);
        Assert.Equal(Rate * Seconds, arrivals.Length, 5 * Math.Sqrt(Rate * Seconds));
        var gaps = arrivals.Zip(arrivals.Skip(1), (a, b) => b - a).ToList();
        // A share of exp(-1) of exponential gaps is longer than their mean.
        Assert.Equal(Math.Exp(-1), gaps.Count(gap => gap > 1 / Rate) / (double)gaps.Count, 0.01);
    }
}
