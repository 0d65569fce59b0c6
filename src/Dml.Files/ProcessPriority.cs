using System.Diagnostics;
using System.Globalization;

namespace Dml.Files;

/// <summary>How far this process stands back behind others.</summary>
public static class ProcessPriority
{
    private const int OfThread = 0;

    // Of 1000: as if it had half of the machine's memory more than it has.
    private const string EndedFirst = "500";

    /// <summary>Lowers the priority of every thread of this process. Threads that are started later inherit it.</summary>
    /// <param name="nice">
    /// The nice value, 0 to 19; 0 changes nothing. It cannot be lowered again. On Windows and macOS, every value above 0 means "below
    /// normal".
    /// </param>
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
            // Fails for a thread that has ended meanwhile.
            _ = Libc.SetPriority(OfThread, uint.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), nice);
        }
    }

    /// <summary>
    /// When memory runs out, lets the system end this process before those that it works for. Linux alone; where it is not permitted,
    /// nothing changes.
    /// </summary>
    public static void EndFirst()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", EndedFirst);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }
}
