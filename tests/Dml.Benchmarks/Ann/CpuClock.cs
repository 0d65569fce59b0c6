using System.Runtime.InteropServices;

namespace Dml.Benchmarks.Ann;

/// <summary>
/// CPU time by the clocks of Linux. On cores that also do other work a thread's CPU time is more reliable than wall time, because it
/// excludes the time that the thread waited to run.
/// </summary>
internal static partial class CpuClock
{
    private const int ProcessClock = 2;
    private const int ThreadClock = 3;

    /// <summary>CPU seconds of all threads of this process.</summary>
    public static double ProcessSeconds => Read(ProcessClock);

    /// <summary>CPU seconds of the calling thread.</summary>
    public static double ThreadSeconds => Read(ThreadClock);

    private static double Read(int clock)
    {
        if (!OperatingSystem.IsLinux() || ReadClock(clock, out var time) != 0)
        {
            throw new PlatformNotSupportedException("CPU time is read with Linux's clock_gettime; run this on 64-bit Linux.");
        }

        return time.Seconds + (1e-9 * time.Nanoseconds);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
