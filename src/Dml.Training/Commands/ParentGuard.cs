using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dml.Training.Commands;

/// <summary>
/// Ends this process when whoever started it is gone: the other end of standard input closes with it, however it died. Nothing needs to be
/// tidied, because every file is written under a temporary name; and a kill works while native code runs.
/// </summary>
internal static class ParentGuard
{
    public static void Begin()
    {
        if (OperatingSystem.IsLinux())
        {
            // A terminal's Ctrl+C goes to a whole group: it is for the one who started this to decide what becomes of it.
            _ = SetProcessGroup(0, 0);
        }
        var input = Console.OpenStandardInput();
        new Thread(() =>
        {
            var nothing = new byte[64];
            while (input.Read(nothing) > 0)
            {
            }
            Process.GetCurrentProcess().Kill();
        })
        { IsBackground = true, Name = "parent guard" }.Start();
    }

    [DllImport("libc", EntryPoint = "setpgid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetProcessGroup(int process, int group);
}
