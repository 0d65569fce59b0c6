using System.Runtime.InteropServices;

namespace Dml.Training.Commands;

/// <summary>How far this process stands back when the processor is wanted by others; Linux only.</summary>
internal static class Niceness
{
    private const int OfProcess = 0;

    /// <summary>Sets it for every thread there is; those to come inherit it. Linux keeps niceness for each thread apart.</summary>
    /// <param name="value">0 to 19; it can only be raised.</param>
    public static void Set(int value)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            // One that has ended meanwhile needs none.
            _ = SetPriority(OfProcess, uint.Parse(Path.GetFileName(thread), System.Globalization.CultureInfo.InvariantCulture), value);
        }
    }

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int priority);
}
