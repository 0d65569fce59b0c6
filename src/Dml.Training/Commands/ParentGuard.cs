using System.Diagnostics;
using Dml.Files;

namespace Dml.Training.Commands;

/// <summary>
/// Ends this process when whoever started it is gone: the other end of standard input closes with it, however it died. Nothing needs to be
/// tidied, because every file is written under a temporary name; and a kill works while native code runs.
/// </summary>
internal static class ParentGuard
{
    public static void Begin()
    {
        // A terminal's Ctrl+C goes to a whole group; what becomes of this process is for the one that started it to decide.
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
