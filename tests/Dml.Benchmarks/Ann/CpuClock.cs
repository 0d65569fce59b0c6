using System.Runtime.InteropServices;

namespace Dml.Benchmarks.Ann;

/// <summary>
/// CPU time by Linux's own clocks. Beside other work on the same cores, a thread's CPU time is the figure to trust:
/// it leaves out what the thread waited for its turn.
/// </summary>
internal static partial class CpuClock
{
    private const int ProcessClock = 2;
    private const int ThreadClock = 3;

    /// <summary>Seconds that all threads of this process have run.</summary>
    public static double ProcessSeconds => Read(ProcessClock);

    /// <summary>Seconds that the calling thread has run.</summary>
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
