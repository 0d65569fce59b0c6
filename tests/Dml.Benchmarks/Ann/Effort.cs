using System.Diagnostics;

namespace Dml.Benchmarks.Ann;

/// <summary>What an action took: wall and CPU seconds, and growth of anonymous memory at its end in bytes.</summary>
internal readonly record struct Effort(double Seconds, double CpuSeconds, long MemoryBytes)
{
    public static (T Result, Effort Effort) Of<T>(Func<T> action)
    {
        // Garbage from before would be reused by the action, and its memory would look smaller than it is.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var (memory, cpu, begin) = (AnonymousMemory.Bytes, CpuClock.ProcessSeconds, Stopwatch.GetTimestamp());
        var result = action();
        return (result, new Effort(Stopwatch.GetElapsedTime(begin).TotalSeconds, CpuClock.ProcessSeconds - cpu, AnonymousMemory.Bytes - memory));
    }
}
