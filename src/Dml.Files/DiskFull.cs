namespace Dml.Files;

/// <summary>Distinguishes a full disk, or an exhausted quota, from other failures of file operations.</summary>
public static class DiskFull
{
    private const int NoSpace = 28;

    // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL and ERROR_DISK_QUOTA_EXCEEDED.
    private static readonly int[] WindowsErrors =
        [unchecked((int)0x80070027), unchecked((int)0x80070070), unchecked((int)0x8007050F)];

    // The numbers of ENOSPC agree, those of EDQUOT do not.
    private static readonly int[] Errors = OperatingSystem.IsWindows() ? WindowsErrors
        : OperatingSystem.IsMacOS() ? [NoSpace, 69]
        : [NoSpace, 122];

    /// <summary>Whether <paramref name="exception"/>, or an exception inside it, means that no space is left.</summary>
    /// <param name="exception">The exception that was caught.</param>
    /// <param name="isFull">Recognises exceptions of a library, such as a database's; null to recognise only those of files.</param>
    public static bool Caused(Exception exception, Func<Exception, bool>? isFull = null) => SystemError.Caused(exception, Errors, isFull);
}
