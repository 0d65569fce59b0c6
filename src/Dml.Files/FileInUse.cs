namespace Dml.Files;

/// <summary>Distinguishes a file that another process has open for itself from other failures of file operations.</summary>
public static class FileInUse
{
    // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION.
    private static readonly int[] WindowsErrors = [unchecked((int)0x80070020), unchecked((int)0x80070021)];

    // EWOULDBLOCK of flock, by which .NET takes a file for one process.
    private static readonly int[] Errors = OperatingSystem.IsWindows() ? WindowsErrors
        : OperatingSystem.IsMacOS() ? [35]
        : [11];

    /// <summary>Whether <paramref name="exception"/>, or an exception inside it, means that.</summary>
    public static bool Caused(Exception exception) => SystemError.Caused(exception, Errors);
}
