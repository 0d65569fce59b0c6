namespace Dml.Files;

/// <summary>The group of processes that a terminal's Ctrl+C goes to.</summary>
public static class ProcessGroup
{
    /// <summary>Moves this process into a group of its own, so that it does not receive its parent's Ctrl+C. Linux and macOS; Windows is left as it is.</summary>
    public static void Leave()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = Libc.SetProcessGroup(0, 0);
        }
    }
}
