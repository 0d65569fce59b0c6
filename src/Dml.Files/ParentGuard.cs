using System.Diagnostics;

namespace Dml.Files;

/// <summary>
/// Ends this process when its parent is gone: the parent's end of standard input closes with it, however it died. Nothing needs to be
/// cleaned up, because every file is written under a temporary name, and a kill works even while native code runs.
/// </summary>
public static class ParentGuard
{
    /// <summary>Begins to watch. Standard input must not be read by anything else.</summary>
    public static void Begin()
    {
        // A terminal sends Ctrl+C to the whole process group; whether this process ends is up to its parent.
        ProcessGroup.Leave();
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
}
