namespace Dml.Files;

/// <summary>Distinguishes that no more files can be opened, in this process or on this machine, from faults of the file.</summary>
public static class OutOfHandles
{
    // EMFILE and ENFILE, whose numbers agree on all Unix systems. ERROR_TOO_MANY_OPEN_FILES.
    private static readonly int[] Errors = OperatingSystem.IsWindows() ? [unchecked((int)0x80070004)] : [24, 23];

    /// <summary>
    /// Whether <paramref name="exception"/>, or an exception inside it, means that another file could not have been opened either.
    /// </summary>
    public static bool Caused(Exception exception) => SystemError.Caused(exception, Errors);
}
