using Dml.Files;

namespace Dml.Api.Limits;

/// <summary>
/// Returns memory to the system when the service comes to rest. The garbage collector and the allocator of the C library return what a
/// burst has left only while they are at work, and a service without requests gives them none.
/// </summary>
internal sealed class MemoryAtRest(TimeProvider clock, ILogger<MemoryAtRest> log) : BackgroundService
{
    private const long Megabyte = 1_000_000;
    private const long WorthIt = 50 * Megabyte;

    // Some searches in five seconds take more. A collection beside them would delay them.
    private const double RestingShareOfCore = 0.02;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, clock);
        var atRest = 0L;
        var (at, spent) = (clock.GetTimestamp(), Environment.CpuUsage.TotalTime);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var (now, spentNow) = (clock.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var isResting = spentNow - spent < RestingShareOfCore * clock.GetElapsedTime(at, now);
            (at, spent) = (now, spentNow);
            if (!isResting || Environment.WorkingSet is var before && before < atRest + WorthIt)
            {
                continue;
            }

            Return();
            atRest = Environment.WorkingSet;
            log.LogInformation(
                "Memory at rest: {After} MB, {Returned} MB of it returned in {Milliseconds:F0} ms", atRest / Megabyte,
                (before - atRest) / Megabyte, clock.GetElapsedTime(now).TotalMilliseconds);
            (at, spent) = (clock.GetTimestamp(), Environment.CpuUsage.TotalTime);
        }
    }

    private static void Return()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeAllocator.Trim();
    }
}
