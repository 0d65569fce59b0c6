using System.Diagnostics;

namespace Dml.Benchmarks.Ann;

/// <summary>The cost of an action: wall and CPU seconds, and the growth of anonymous memory in bytes.</summary>
internal readonly record struct Effort(double Seconds, double CpuSeconds, long MemoryBytes)
{
    public static (T Result, Effort Effort) Of<T>(Func<T> action)
    {
        // The action would reuse earlier garbage, and its memory would appear smaller than it is.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var (memory, cpu, begin) = (AnonymousMemory.Bytes, CpuClock.ProcessSeconds, Stopwatch.GetTimestamp());
        var result = action();
        return (result, new Effort(
            Stopwatch.GetElapsedTime(begin).TotalSeconds, CpuClock.ProcessSeconds - cpu, AnonymousMemory.Bytes - memory));
    }
}
