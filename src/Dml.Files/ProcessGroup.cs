namespace Dml.Files;

/// <summary>The process group, which receives a terminal's Ctrl+C as a whole.</summary>
public static class ProcessGroup
{
    /// <summary>Moves this process into a group of its own, out of reach of its parent's Ctrl+C. Has no effect on Windows.</summary>
    public static void Leave()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = Libc.SetProcessGroup(0, 0);
        }
    }
}
