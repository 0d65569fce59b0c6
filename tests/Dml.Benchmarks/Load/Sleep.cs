using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dml.Benchmarks.Load;

/// <summary>Sleeps with microsecond resolution, where .NET has millisecond resolution.</summary>
internal static partial class Sleep
{
    /// <summary>Returns at or shortly after a timestamp of <see cref="Stopwatch"/>.</summary>
    public static void Until(long timestamp)
    {
        while (timestamp - Stopwatch.GetTimestamp() is var ticks and > 0)
        {
            var microseconds = ticks * 1_000_000 / Stopwatch.Frequency;
            _ = usleep((uint)Math.Clamp(microseconds, 1, 900_000));
        }
    }

    [LibraryImport("libc")]
    private static partial int usleep(uint microseconds);
}
