using System.Diagnostics;
using System.Globalization;

namespace Dml.Files;

/// <summary>How readily this process gives up the processor to others.</summary>
public static class ProcessPriority
{
    private const int OfProcess = 0;

    /// <summary>Lowers the priority of every thread of this process; threads started later inherit it.</summary>
    /// <param name="nice">The nice value, 0 to 19. It can only be raised. Windows and macOS know steps: any value above 0 is below normal there.</param>
    public static void Lower(int nice)
    {
        if (nice == 0)
        {
            return;
        }

        if (!OperatingSystem.IsLinux())
        {
            using var process = Process.GetCurrentProcess();
            process.PriorityClass = ProcessPriorityClass.BelowNormal;
            return;
        }
        // Linux keeps a nice value for each thread.
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            // A thread that has ended meanwhile needs none.
            _ = Libc.SetPriority(OfProcess, uint.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), nice);
        }
    }
}
